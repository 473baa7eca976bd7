/** Names of a session's jobs. */

/** Of all of them, and perhaps of others' jobs. */
export const prefixOf = (id: string): string => `${id}-`

/** The n-th job that says what a node is. */
export const factsKey = (id: string, n: number): string => `${id}-facts-${n}`

/** Of the setup command. @param unique hexadecimal */
export const setupKey = (id: string, unique: string): string => `${id}-setup-${unique}`

/** Whether a key is one of the session, and not of one whose id only begins like its own. */
export const isKeyOf = (id: string, key: string): boolean =>
  key.startsWith(prefixOf(id)) &&
  // Of a run: experiment, repeat, attempt, and a part of its mark.
  /^(facts-\d+|setup-[0-9a-f]+|\d{4,}-\d+-\d+(-[0-9a-f]{1,8})?)$/.test(key.slice(prefixOf(id).length))
