/** A mistake that the checker found in prose. */

export const findingKinds = [
  'number',
  'numeral',
  'reference',
  'confirmation',
  'html',
  'link',
  'image',
  'mention',
  'hidden',
  'code',
] as const

export interface Finding {
  kind: (typeof findingKinds)[number]
  /** The text that was found. */
  found: string
  /** Why it is wrong and what is allowed instead. */
  why: string
  /** Line in the source, from 1. */
  line: number
  /** Offsets of the smallest part of the source that can be cut: a sentence or a block. */
  start: number
  end: number
}
