/**
 * Reading our files. A missing file and an unreadable one are different answers, and JSON passes through its schema: a
 * file that does not fit is an error that names it.
 */
import { access, readdir, readFile, stat } from 'node:fs/promises'
import type { z } from 'zod'
import { Failure, warn } from './errors.ts'
import { sanitizeText } from './text.ts'

const anyAdvice = 'Restore the file from a copy: another version of Nightshift wrote it, or it was edited or damaged.'

/** Whether an error says that nothing is at a path: no such file, or a file where a folder of the path should be. */
export function isMissing(error: unknown): boolean {
  const cause = error instanceof Failure ? error.cause : error
  return cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')
}

/** What a call of the file system gives; null when nothing is at its path. Any other error is the caller's. */
export async function ifThere<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

/** What a reading gives; null, with a warning on standard error, when it ends in a Failure. */
export async function orWarn<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    warn(error)
    return null
  }
}

/** @throws {Failure} when something is there, or may be, and cannot be looked at */
export async function exists(path: string): Promise<boolean> {
  return (await ifThere(wrapped(path, access(path), anyAdvice).then(() => true))) ?? false
}

/** Names in a folder; none when there is no folder. @throws {Failure} when it cannot be read */
export async function listIfThere(folder: string): Promise<string[]> {
  return (await ifThere(wrapped(folder, readdir(folder), 'Make it a folder that this user may read.'))) ?? []
}

/** Bytes of a file; null when it is missing. @throws {Failure} when it cannot be looked at */
export async function sizeIfThere(path: string): Promise<number | null> {
  return ifThere(wrapped(path, stat(path), anyAdvice).then(({ size }) => size))
}

/** @param advice what to do when it cannot be read @throws {Failure} when it is missing or cannot be read */
export async function readText(path: string, advice = anyAdvice): Promise<string> {
  return wrapped(path, readFile(path, 'utf8'), advice)
}

/** null when it is missing. @throws {Failure} when it cannot be read */
export async function readTextIfThere(path: string, advice?: string): Promise<string | null> {
  return ifThere(readText(path, advice))
}

/**
 * @param advice what to do when it does not read
 * @throws {Failure} when it is missing, cannot be read, is not JSON or does not fit the schema
 */
export async function readJson<T>(path: string, schema: z.ZodType<T>, advice?: string): Promise<T> {
  return parseJson(path, await readText(path, advice), schema, advice)
}

/** null when it is missing. @throws {Failure} when it cannot be read, is not JSON or does not fit the schema */
export async function readJsonIfThere<T>(path: string, schema: z.ZodType<T>, advice?: string): Promise<T | null> {
  const text = await readTextIfThere(path, advice)
  return text === null ? null : parseJson(path, text, schema, advice)
}

/** A file with one JSON value a line; empty lines do not count. @throws {Failure} naming file and line */
export async function readJsonLines<T>(path: string, schema: z.ZodType<T>, advice?: string): Promise<T[]> {
  const lines = (await readText(path, advice)).split('\n')
  return lines.flatMap((line, i) => (line === '' ? [] : [parseJson(`${path}:${i + 1}`, line, schema, advice)]))
}

/** @param where file, and line if it is one of several; an error begins with it */
export function parseJson<T>(where: string, text: string, schema: z.ZodType<T>, advice = anyAdvice): T {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new Failure(`${where} is not JSON: ${sanitizeText(String(cause).replace(/^SyntaxError: /, ''))}.`, advice, {
      cause,
    })
  }
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw new Failure(`${where}: ${issue?.path.join('.') || 'the record'}: ${issue?.message}.`, advice)
}

/** Text that another program wrote, as JSON; null when it is none. For our own files there is `parseJson`. */
export function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null // Another program may write what it likes.
  }
}

async function wrapped<T>(path: string, reading: Promise<T>, advice: string): Promise<T> {
  try {
    return await reading
  } catch (cause) {
    const why = isMissing(cause)
      ? 'it does not exist'
      : sanitizeText(cause instanceof Error ? cause.message : String(cause))
    throw new Failure(`${path} cannot be read: ${why}.`, advice, { cause })
  }
}
