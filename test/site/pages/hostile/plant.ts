/**
 * Replaces each free text of a record by one of the strings. The schema says what is free: strings without a format,
 * keys of records, and `unknown`. So new fields are found automatically.
 */
import type { z } from 'zod'
import { strings } from './strings.ts'

type Schema = z.core.$ZodTypes
/** Returns the text for a field, by its path in the schema, e.g. "machine.label" or "runs.why". */
export type Words = (field: string) => string

/** All strings in each field, starting with another one each time, since a cut keeps the start. */
export function all(): Words {
  let turn = 0
  return () => {
    const at = turn++ % strings.length
    return [...strings.slice(at), ...strings.slice(0, at)].join(' ')
  }
}

/** One string per field: 30 calls for a field use each string once; neighbouring fields get different ones. */
export function turns(): Words {
  const turn = new Map<string, number>()
  return field => {
    const at = turn.get(field) ?? turn.size * 7
    turn.set(field, at + 1)
    return strings[at % strings.length] ?? ''
  }
}

/**
 * @param value fits the schema; absent, empty or null parts are filled in where text belongs
 * @returns a value that fits the schema
 * @throws {Error} for an unknown kind of schema
 */
export const plant = <T>(schema: z.ZodType<T>, value: T | undefined, words: Words): T =>
  schema.parse(planted(schema as unknown as Schema, value, words, '')) as T

function planted(schema: Schema, value: unknown, words: Words, field: string): unknown {
  const def = schema._zod.def
  switch (def.type) {
    case 'string':
      return isFree(def) ? words(field) : (value ?? formed(def))
    case 'object': {
      const given = (value ?? {}) as Record<string, unknown>
      return Object.fromEntries(
        Object.entries(def.shape).map(([key, of]) => [
          key,
          planted(of as Schema, given[key], words, `${field}.${key}`),
        ]),
      )
    }
    case 'array': {
      const element = def.element as Schema
      const list = (value ?? []) as unknown[]
      const items = list.length === 0 && (holdsText(element) || isNeverEmpty(def)) ? [undefined] : list
      return items.map(item => planted(element, item, words, field))
    }
    case 'tuple':
      return def.items.map((item, i) => planted(item as Schema, (value as unknown[] | undefined)?.[i], words, field))
    case 'record': {
      const entries = Object.entries((value ?? {}) as Record<string, unknown>)
      const free = holdsText(def.keyType as Schema) ? [[words(`${field}.key`), undefined] as const] : []
      const made = [...entries, ...free].map(([k, v]) => [k, planted(def.valueType as Schema, v, words, field)])
      return Object.fromEntries(made)
    }
    case 'nullable':
    case 'optional':
    case 'default': {
      const inner = def.innerType as Schema
      if ((value ?? null) === null && !holdsText(inner)) return def.type === 'nullable' ? null : undefined
      return planted(inner, value ?? undefined, words, field)
    }
    case 'union': {
      // A number or a switch stays one; what is missing becomes a text, where one is allowed.
      const text = (def.options as Schema[]).find(holdsText)
      if (text && (value === undefined || typeof value === 'string')) return planted(text, value, words, field)
      return value ?? planted(def.options[0] as Schema, value, words, field)
    }
    case 'unknown':
      return anything(value, words, field)
    case 'number':
      return value ?? 1
    case 'boolean':
      return value ?? false
    case 'enum':
      return value ?? Object.values(def.entries)[0]
    case 'literal':
      return value ?? def.values.at(-1)
    default:
      throw new Error(
        `What texts does a schema of the kind “${def.type}” leave free? Say so in test/site/pages/hostile/plant.ts.`,
      )
  }
}

const isNeverEmpty = (def: z.core.$ZodArrayDef): boolean =>
  (def.checks ?? []).some(check => check._zod.def.check === 'min_length')

/** Strings with a format, such as times and hashes, cannot hold hostile text. */
const isFree = (def: z.core.$ZodStringDef): boolean => !('format' in def) && (def.checks?.length ?? 0) === 0

/** A time, a git or SHA-1 hash, or a SHA-256 hash. */
function formed(def: z.core.$ZodStringDef): string {
  if ('format' in def) return '2026-11-20T22:03:10Z'
  const patterns = (def.checks ?? []).flatMap(check => ('pattern' in check._zod.def ? [check._zod.def.pattern] : []))
  const fits = (text: string) => patterns.every(pattern => pattern instanceof RegExp && pattern.test(text))
  return ['c'.repeat(40), 'c'.repeat(64)].find(fits) ?? 'c'.repeat(40)
}

function holdsText(schema: Schema): boolean {
  const def = schema._zod.def
  if (def.type === 'string') return isFree(def)
  if (def.type === 'object') return Object.values(def.shape).some(of => holdsText(of as Schema))
  if (def.type === 'array') return holdsText(def.element as Schema)
  if (def.type === 'union') return (def.options as Schema[]).some(holdsText)
  if (def.type === 'record') return holdsText(def.keyType as Schema) || holdsText(def.valueType as Schema)
  return 'innerType' in def ? holdsText(def.innerType as Schema) : def.type === 'unknown'
}

function anything(value: unknown, words: Words, field: string): unknown {
  if (typeof value === 'string' || value === undefined) return words(field)
  if (Array.isArray(value)) return value.map(item => anything(item, words, field))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, anything(v, words, `${field}.${key}`)]))
}
