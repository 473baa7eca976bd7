/** The door through which text leaves the machine: without keys, and without the names of the user and the machine. */
import { jsonOrNull } from '../files/read.ts'
import { isUnusual, secretValues } from './environment.ts'
import { type Person, personalFinders, thisPerson, withoutWindowsUsers } from './personal.ts'
import { keyFinders, mapStringsOf } from './redact.ts'
import { replaceFound } from './replace.ts'

/** @returns a function that makes text fit to be published; applied again it changes nothing */
export function createPublisher(env: NodeJS.ProcessEnv, person: Person): (text: string) => string {
  const finders = [...keyFinders(secretValues(env)), ...personalFinders(person)]
  return text => replaceFound(withoutWindowsUsers(text), finders)
}

/** As `createPublisher`, for names of metrics: a short value of the environment may be a part of one by chance. */
function createNamePublisher(env: NodeJS.ProcessEnv, person: Person): (text: string) => string {
  const finders = [...keyFinders(secretValues(env).filter(isUnusual)), ...personalFinders(person)]
  return text => replaceFound(text, finders)
}

let own: ((text: string) => string) | null = null
let ofNames: ((text: string) => string) | null = null

/** Text for pages, data files, reports and posts. */
export function publicText(text: string): string {
  own ??= createPublisher(process.env, thisPerson())
  return own(text)
}

function publicName(name: string): string {
  ofNames ??= createNamePublisher(process.env, thisPerson())
  return ofNames(name)
}

/**
 * Applies `publicText` to every string of a record, at any depth; in the keys of objects, which may name metrics, short
 * values of the environment stay. @returns the same record where nothing changes
 */
export const publicRecord = <T>(record: T): T => mapStringsOf(record, publicText, publicName)

/** The text of a file for publishing. JSON stays JSON: its strings are changed one by one. */
export function publicFile(name: string, text: string): string {
  if (publicText(text) === text) return text
  if (name.endsWith('.jsonl')) return text.split('\n').map(publicJson).join('\n')
  return name.endsWith('.json') ? `${publicJson(text)}\n` : publicText(text)
}

function publicJson(text: string): string {
  const value = jsonOrNull(text)
  return value === null ? publicText(text) : JSON.stringify(publicRecord(value))
}
