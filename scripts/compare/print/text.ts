/** Texts that all parts of a comparison share. Pure. */
import { gainText } from '../names.ts'
import type { Rate } from '../schema.ts'

/** Sanitised name of each side, by id. */
export type Names = Map<string, string>

/** Shown for unknown values. */
export const unknown = '–'

/** A gain, with a star unless confirm found it better. */
export const markedGain = (part: number | null, { by }: Pick<Rate, 'by'>): string =>
  part === null ? unknown : `${gainText(part)}${by === 'confirmed' ? '' : '*'}`
