/**
 * Reads files. A missing file gives null where the name says IfThere; an unreadable file is a Failure, and so is a link,
 * a folder, a pipe or a file over the limit, for anyone may have left it. JSON is checked against its schema; a Failure
 * names the file and the mismatch.
 */
import { access, readdir } from 'node:fs/promises'
import type { z } from 'zod'
import { Failure, warn } from '../errors.ts'
import { sanitizeText } from '../text.ts'
import { defaultLimit, type Found, type ReadOptions, readFound, readFoundSync } from './regularFile.ts'

const anyAdvice = 'Restore the file from a copy: another version of Nightshift wrote it, or it was edited or damaged.'

/** Whether an error means that a path does not exist (ENOENT, ENOTDIR). */
export function isMissing(error: unknown): boolean {
  const cause = error instanceof Failure ? error.cause : error
  return cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')
}

/** Result of a file system call; null when the path does not exist. Other errors are thrown. */
export async function ifThere<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

/** Result of a read; null, with a warning on standard error, when it throws a Failure. */
export async function orWarn<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    warn(error)
    return null
  }
}

/** Whether a path exists. @throws {Failure} when that cannot be determined, e.g. without permission */
export async function exists(path: string): Promise<boolean> {
  return (await ifThere(orFailure(path, access(path), anyAdvice).then(() => true))) ?? false
}

/** Names in a folder; empty when it does not exist. @throws {Failure} when it cannot be read */
export async function listIfThere(folder: string): Promise<string[]> {
  return (await ifThere(orFailure(folder, readdir(folder), 'Make it a folder that this user can read.'))) ?? []
}

/**
 * Text of a regular file that others write to, at most `limit` bytes; null for anything else, a missing file included.
 * @param root as in `ReadOptions`
 */
export async function readRegularFile(path: string, limit = defaultLimit, root?: string): Promise<string | null> {
  const found = await readFound(path, { limit, root })
  return found.kind === 'file' ? found.bytes.toString('utf8') : null
}

/**
 * Text of a file that a page or report can do without: null when it is missing, and, with a warning, when it cannot be
 * read.
 * @param without a sentence on what is made without it
 */
export function readOrWarnSync(path: string, without: string, options: ReadOptions = {}): string | null {
  const found = readFoundSync(path, options)
  if (found.kind === 'file') return found.bytes.toString('utf8')
  if (found.kind === 'unreadable') warn(unreadable(path, found, without))
  return null
}

/** Text of a file. @param advice of the Failure @throws {Failure} when the file is missing or cannot be read */
export async function readText(path: string, advice = anyAdvice, options: ReadOptions = {}): Promise<string> {
  const found = await readFound(path, options)
  if (found.kind === 'file') return found.bytes.toString('utf8')
  throw unreadable(path, found, advice)
}

/** Text of a file; null when it is missing. @throws {Failure} when it cannot be read */
export async function readTextIfThere(path: string, advice?: string, options?: ReadOptions): Promise<string | null> {
  return ifThere(readText(path, advice, options))
}

const unreadable = (path: string, found: Exclude<Found, { kind: 'file' }>, advice: string): Failure =>
  new Failure(
    `${path} cannot be read: ${found.kind === 'missing' ? 'it does not exist' : `it is ${found.what}`}.`,
    advice,
    { cause: found.cause },
  )

/**
 * @param advice of the Failure
 * @throws {Failure} when the file is missing, cannot be read, is not JSON or does not match the schema
 */
export async function readJson<T>(path: string, schema: z.ZodType<T>, advice?: string): Promise<T> {
  return parseJson(path, await readText(path, advice), schema, advice)
}

/** null when the file is missing. @throws {Failure} when it cannot be read, is not JSON or does not match the schema */
export async function readJsonIfThere<T>(path: string, schema: z.ZodType<T>, advice?: string): Promise<T | null> {
  const text = await readTextIfThere(path, advice)
  return text === null ? null : parseJson(path, text, schema, advice)
}

/** Values of a JSON Lines file; empty lines are skipped. @throws {Failure} with file and line */
export async function readJsonLines<T>(path: string, schema: z.ZodType<T>, advice?: string): Promise<T[]> {
  const lines = (await readText(path, advice)).split('\n')
  return lines.flatMap((line, i) => (line === '' ? [] : [parseJson(`${path}:${i + 1}`, line, schema, advice)]))
}

/** @param where path, with ":line" in a JSON Lines file, for the error message */
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

/** Parses JSON of another program; null when it is invalid. Use `parseJson` for Nightshift's files. */
export function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null // Output of another program: invalid JSON is expected.
  }
}

async function orFailure<T>(path: string, reading: Promise<T>, advice: string): Promise<T> {
  try {
    return await reading
  } catch (cause) {
    const why = isMissing(cause)
      ? 'it does not exist'
      : sanitizeText(cause instanceof Error ? cause.message : String(cause))
    throw new Failure(`${path} cannot be read: ${why}.`, advice, { cause })
  }
}
