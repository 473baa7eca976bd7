/** Texts that all parts of a comparison share. Pure. */
import { gainText } from '../names.ts'

/** Sanitised name of each side, by id. */
export type Names = Map<string, string>

/** Shown for unknown values. */
export const unknown = '–'

/** A gain, with a star if it is from single runs. */
export const markedGain = (part: number | null, { by }: { by: 'confirmed' | 'claimed' }): string =>
  part === null ? unknown : `${gainText(part)}${by === 'claimed' ? '*' : ''}`
