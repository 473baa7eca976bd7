/** How a post gets a session's figures. The site draws them, which posts cannot import. */
import type { Markup } from '../lib/text.ts'
import type { ReportInput } from '../report/sections/parts.ts'

export interface Drawn {
  svg: Markup
  /** What the figure shows in words. */
  label: string
}

/** Draws figures of a session by name; those that it does not have are absent. */
export type Draw = (input: ReportInput, folder: string, names: Iterable<string>) => Promise<Map<string, Drawn>>
