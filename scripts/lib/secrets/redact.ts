/** Removes keys from text: those that an environment holds, and what has the format of a key. */
import { mapStrings } from '../text.ts'
import { isUnusual, type SecretValue, secretValues, valueFinder } from './environment.ts'
import { findByFormat, placeholder } from './patterns.ts'
import { presetRanges } from './preset.ts'
import { type Finder, rangesIn, replaceFound } from './replace.ts'

export { secretValues } from './environment.ts'

const findByPreset: Finder = text => presetRanges(text).map(([from, to]) => ({ from, to, by: placeholder }))

/** Finds keys of known format, and the given values. */
export const keyFinders = (values: SecretValue[]): Finder[] => [valueFinder(values), findByFormat, findByPreset]

/** @returns a function that replaces keys in a text by "[key]"; applied again it changes nothing */
export function createRedactor(env: NodeJS.ProcessEnv): (text: string) => string {
  const finders = keyFinders(secretValues(env))
  return text => replaceFound(text, finders)
}

export interface KeyInText {
  text: string
  /** Line of the text in which it begins, from 1. */
  line: number
  /** The variable of this process's environment that has this value; null: it has a key's format. */
  variable: string | null
}

/** The keys that a text holds, e.g. a program. Values that may be in a program by chance do not count. */
export function keysIn(text: string): KeyInText[] {
  const values = secretValues(process.env).filter(isUnusual)
  return rangesIn(text, keyFinders(values)).map(({ from, to }) => {
    const found = text.slice(from, to)
    return {
      text: found,
      line: text.slice(0, from).split('\n').length,
      variable: values.find(({ value }) => value === found)?.name ?? null,
    }
  })
}

let own: ((text: string) => string) | null = null

/** The text without keys, those of this process's environment included. */
export function redact(text: string): string {
  own ??= createRedactor(process.env)
  return own(text)
}

let ofNames: ((text: string) => string) | null = null

/** In names of metrics, which a short value may be a part of, only what is in none by chance. */
function redactName(name: string): string {
  ofNames ??= createNameRedactor(process.env)
  return ofNames(name)
}

/** As `createRedactor`, for names: only keys of known format and unusual values. */
export function createNameRedactor(env: NodeJS.ProcessEnv): (text: string) => string {
  const finders = keyFinders(secretValues(env).filter(isUnusual))
  return text => replaceFound(text, finders)
}

/**
 * Applies `redact` to every string of a record, at any depth; of the keys of objects, which may name metrics, only keys of
 * known format and unusual values are removed. @returns the same record where there is no key
 */
export const redactRecord = <T>(record: T): T => mapStringsOf(record, redact, redactName)

/** Between the strings of a record: no format of a key goes on behind it. */
const separator = '\n\u0001\n'

/** Maps the strings of a record only where a map changes their text as a whole: most records have nothing to change. */
export function mapStringsOf<T>(record: T, map: (text: string) => string, mapKey: (key: string) => string): T {
  const [texts, keys]: [string[], string[]] = [[], []]
  const into = (list: string[]) => (text: string) => {
    list.push(text)
    return text
  }
  mapStrings(record, into(texts), into(keys))
  const changes = (list: string[], change: (text: string) => string): boolean => {
    const joined = list.join(separator)
    return change(joined) !== joined
  }
  return changes(texts, map) || changes(keys, mapKey) ? mapStrings(record, map, mapKey) : record
}
