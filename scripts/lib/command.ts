/** Writes Nightshift's commands as any reader of a terminal, a report or a page can type them. */
import { sanitizeText } from './text.ts'

/**
 * E.g. `command('status --watch')` → "npx pnpm status --watch", which works wherever npm is installed.
 * @param words a script of package.json, then its arguments
 */
export const command = (words: string): string => `npx pnpm ${words}`

/** Quotes an argument for a shell: a foreign session may have any name. */
export const argument = (text: string): string =>
  /^[\w@%+=:,./][\w@%+=:,./-]*$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`

/** The same of text that is not ours, sanitised: for a command that an error shows to be copied. */
export const shellWord = (text: string): string => argument(sanitizeText(text, 1000))
