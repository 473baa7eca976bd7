/** Marks that the parts of a comparison share. Pure. */
import { gainText } from '../names.ts'

/** What each side is called, by id, cleaned. */
export type Names = Map<string, string>

/** Where a number is not known. */
export const unknown = '–'

/** A gain, with a star where it is the ledger's word alone. */
export const markedGain = (part: number | null, { by }: { by: 'confirmed' | 'claimed' }): string =>
  part === null ? unknown : `${gainText(part)}${by === 'claimed' ? '*' : ''}`
