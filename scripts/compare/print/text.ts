/** Texts that all parts of a comparison share. Pure. */

/** Sanitised name of each side, by id. */
export type Names = Map<string, string>

/** Shown for unknown values. */
export const unknown = '–'
