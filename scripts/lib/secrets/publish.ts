/** The door through which text leaves the machine: without keys, and without the names of the user and the machine. */
import { sanitizeRecord } from '../text.ts'
import { secretValues } from './environment.ts'
import { type Person, personalFinders, thisPerson } from './personal.ts'
import { keyFinders, mapStringsOf } from './redact.ts'
import { replaceFound } from './replace.ts'

/** @returns a function that makes text fit to be published; applied again it changes nothing */
export function createPublisher(env: NodeJS.ProcessEnv, person: Person): (text: string) => string {
  const finders = [...keyFinders(secretValues(env)), ...personalFinders(person)]
  return text => replaceFound(text, finders)
}

let own: ((text: string) => string) | null = null

/** Text for pages, data files, reports and posts. */
export function publicText(text: string): string {
  own ??= createPublisher(process.env, thisPerson())
  return own(text)
}

/** Every string of a record for pages and data files, at any depth, sanitized too. */
export const publicRecord = <T>(record: T): T => mapStringsOf(sanitizeRecord(record), publicText)
