/** Reads program.md: the contract (frontmatter), which the harness enforces, and the prose, which the agent reads. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import remarkFrontmatter from 'remark-frontmatter'
import remarkParse from 'remark-parse'
import { unified } from 'unified'
import { parse as parseYaml } from 'yaml'
import type { z } from 'zod'
import { Failure } from '../lib/errors.ts'
import { readText } from '../lib/files/read.ts'
import { redact, redactRecord } from '../lib/secrets/redact.ts'
import { suggest } from '../lib/suggest.ts'
import { type Automation, automationSchema } from './automation.ts'
import {
  type Contract,
  contractSchema,
  defaultAgent,
  filePaths,
  frontmatterKeys,
  frontmatterSchema,
} from './contract.ts'

export interface Program {
  path: string
  contract: Contract
  automation: Automation
  prose: string
  contractHash: string
  proseHash: string
  /** "key: value" lines inferred for a program without frontmatter, to be printed; empty otherwise. */
  inferred: string[]
}

/** Frontmatter keys that flags set, e.g. { experiments: 8 }; they override the file's. */
export type Overrides = Record<string, unknown>

/**
 * Reads a program.md.
 * @throws {Failure} for the first error, with the key, the value found and what is allowed.
 */
export async function readProgram(path: string, overrides: Overrides = {}): Promise<Program> {
  const text = await readFileText(path)
  const { frontmatter, prose } = split(text, path)
  refuseKeys(frontmatter ?? {}, path)
  const { keys, inferred } = frontmatter === null ? infer(path) : { keys: frontmatter, inferred: [] }
  const all = overridden(keys, overrides)
  const contract = resolve(all, overrides, path)
  // Checked with the rest by `resolve`.
  const automation = automationSchema.parse(all)
  return {
    path,
    contract,
    automation,
    prose,
    contractHash: hash(canonical(contract)),
    proseHash: hash(prose),
    inferred,
  }
}

/**
 * The contract that a session stores.
 * @throws {Failure} when it is invalid, naming the session and the first wrong key
 */
export function readContract({ id, contract }: { id: string; contract: unknown }): Contract {
  const result = contractSchema.safeParse(contract)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw new Failure(
    `The contract that ${id} stores cannot be read: ${issue?.path.join('.') || 'it'}: ${issue?.message}.`,
    'Restore its journal.jsonl from a copy, or begin a new session: another version of Nightshift wrote it, or it was edited.',
  )
}

/**
 * Reads the keys that act around a session alone: a session that is resumed has its contract in its records.
 * @throws {Failure} for the first error in these keys
 */
export async function readAutomation(path: string): Promise<Automation> {
  const keys = split(await readFileText(path), path).frontmatter ?? {}
  refuseKeys(keys, path)
  const result = automationSchema.safeParse(keys)
  if (!result.success) throw mistake(keys, result.error, {}, path)
  return result.data
}

/** Reads the prose alone. The loop calls this before each proposal, so that a person can steer a running session. */
export async function readProse(path: string): Promise<{ prose: string; proseHash: string }> {
  return proseIn(await readFileText(path), path)
}

// A link too: the user made it. But a run may have put a pipe in its place.
const readFileText = (path: string): Promise<string> =>
  readText(path, 'Name a program.md with --program PATH; docs/program.md shows one.', { links: true })

/**
 * The prose in a program.md's text, with the hash that experiments record.
 * @throws {Failure} when the frontmatter is not YAML
 */
export function proseIn(text: string, path: string): { prose: string; proseHash: string } {
  const { prose } = split(text, path)
  return { prose, proseHash: hash(prose) }
}

/**
 * The records hold the contract, and pages show parts of it.
 * @throws {Failure} when a value of the frontmatter holds a key, naming where but not the key
 */
function refuseKeys(frontmatter: Record<string, unknown>, path: string): void {
  const key = Object.keys(frontmatter).find(key => redactRecord(frontmatter[key]) !== frontmatter[key])
  if (key === undefined) return
  throw new Failure(
    `${path}: ${redact(key)} holds what looks like a key.`,
    'Set it as a variable in your shell, use that in the command, and name it in `env` (for an agent in `agent.env`).',
  )
}

/** Paths that a program.md's text declares as edited, relative to its folder; empty if it declares none. */
export function editIn(text: string): string[] {
  try {
    return filePaths.safeParse(split(text, 'program.md').frontmatter?.edit).data ?? []
  } catch (error) {
    if (error instanceof Failure) return []
    throw error
  }
}

/** A value as JSON with sorted keys, so that equal contracts have equal hashes. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, v: unknown) =>
    v !== null && typeof v === 'object' && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
      : v,
  )
}

/** SHA-256 of a text, in hex. */
export const hash = (text: string): string => createHash('sha256').update(text).digest('hex')

function split(text: string, path: string): { frontmatter: Record<string, unknown> | null; prose: string } {
  const tree = unified().use(remarkParse).use(remarkFrontmatter).parse(text)
  const first = tree.children[0]
  if (first?.type !== 'yaml') return { frontmatter: null, prose: text.trim() }
  const prose = text.slice(first.position?.end.offset ?? 0).trim()
  try {
    const value: unknown = parseYaml(first.value)
    if (value === null || typeof value !== 'object' || Array.isArray(value))
      throw new TypeError('it is not a list of keys')
    return { frontmatter: value as Record<string, unknown>, prose }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
    throw new Failure(
      `${path}: the frontmatter is not YAML: ${why}`,
      'Lines of the form `key: value` between two `---`.',
      { cause },
    )
  }
}

// karpathy/autoresearch's own program.md has no frontmatter; train.py and prepare.py beside it identify its tree.
function infer(path: string): { keys: Record<string, unknown>; inferred: string[] } {
  const folder = dirname(path)
  if (!existsSync(join(folder, 'train.py')) || !existsSync(join(folder, 'prepare.py')))
    throw new Failure(
      `${path} has no frontmatter, and beside it there is no train.py and prepare.py to infer it from.`,
      'Begin it with `---`, then `edit`, `run` and `metric`, then `---`; docs/program.md shows it.',
    )
  const run = existsSync(join(folder, 'uv.lock')) ? 'uv run train.py' : 'python train.py'
  const keys = { edit: 'train.py', run, metric: 'val_bpb' }
  return { keys, inferred: Object.entries(keys).map(([key, value]) => `${key}: ${value}`) }
}

/** Merges flags into the file's keys. Flags of an agent or engine keep its other keys, unless they name another one. */
function overridden(keys: Record<string, unknown>, overrides: Overrides): Record<string, unknown> {
  const { agent, engine, ...rest } = overrides
  const all = { ...keys, ...rest }
  if (agent !== undefined) all.agent = merged(keys.agent ?? defaultAgent, agent)
  if (engine === undefined) return all
  all.engine = merged(keys.engine ?? 'local', engine)
  // A program.md that says what a slot has elsewhere also runs here.
  if (all.engine === 'local') delete all.resources
  return all
}

/** Keeps the short form where possible, so that an error quotes it as it was typed. */
function merged(own: unknown, flags: unknown): unknown {
  const given = asObject(flags)
  const known = asObject(own)
  const all = given.use === undefined || given.use === known.use ? { ...known, ...given } : given
  return Object.keys(all).join() === 'use' ? all.use : all
}

const asObject = (value: unknown): Record<string, unknown> =>
  value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : { use: value }

function resolve(keys: Record<string, unknown>, overrides: Overrides, path: string): Contract {
  const result = frontmatterSchema.safeParse(keys)
  if (!result.success) throw mistake(keys, result.error, overrides, path)
  const contract = result.data
  const both = contract.freeze?.find(frozen => contract.edit.includes(frozen))
  if (both)
    throw new Failure(
      `${path}: ${both} is in both edit and freeze.`,
      'A file is either edited or frozen: take it out of one.',
    )
  const shown = contract.edit.find(edited => contract.hide.some(hidden => isAtOrBelow(hidden, edited)))
  if (shown)
    throw new Failure(
      `${path}: hide: ${shown} is in edit, and a run executes it.`,
      'Hide only what a run does not need, e.g. the answers that `evaluate` reads.',
    )
  return contract
}

const isAtOrBelow = (folder: string, path: string): boolean =>
  folder === '.' || path === folder || path.startsWith(`${folder}/`)

function mistake(keys: Record<string, unknown>, error: z.ZodError, overrides: Overrides, path: string): Failure {
  const issue = error.issues[0]
  if (issue?.code === 'unrecognized_keys') {
    const where = issue.path.join('.')
    const said = `${path}: unknown key ${where ? `${where}.` : ''}${issue.keys.join(', ')}.`
    if (where !== '') return new Failure(said, 'docs/program.md lists what it takes.')
    const known = `Known keys: ${frontmatterKeys.join(', ')}.`
    return new Failure(said, suggest(issue.keys[0] ?? '', frontmatterKeys, known))
  }
  const { key, found } = locate(keys, issue?.path ?? [])
  if (found === undefined)
    return new Failure(
      `${path}: ${key} is missing.`,
      (issue?.path.length ?? 0) > 1
        ? 'docs/program.md lists what it takes.'
        : 'Required are edit, run and metric; docs/program.md lists the rest.',
    )
  const flag = flagOf(issue?.path ?? [], overrides)
  const where = flag === null ? `${path}: ${key}` : `--${flag}`
  return new Failure(`${where}: found ${JSON.stringify(found)}.`, `It ${issue ? allowed(issue) : ''}.`)
}

/**
 * What the schema allows, e.g. "takes a number". Messages of this schema stay; zod's are rewritten in the same form.
 */
function allowed(issue: z.core.$ZodIssue): string {
  if (!/^(Invalid input: expected|Too small|Too big)/.test(issue.message)) return issue.message
  switch (issue.code) {
    case 'invalid_type':
      return `takes ${typeNames[issue.expected] ?? issue.expected}`
    case 'too_small':
      return `takes ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}${units[issue.origin] ?? ''}`
    case 'too_big':
      return `takes ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}${units[issue.origin] ?? ''}`
    default:
      return issue.message
  }
}

const typeNames: Partial<Record<string, string>> = {
  number: 'a number',
  int: 'a whole number',
  string: 'a text',
  array: 'a list',
  tuple: 'a list',
  object: 'a list of keys',
  record: 'a list of keys',
}
const units: Partial<Record<string, string>> = { string: ' letters', array: ' values' }

/** Flags by key, where the names differ. */
const flagNames: Partial<Record<string, string>> = {
  'agent.use': 'agent',
  'agent.model': 'model',
  'agent.effort': 'effort',
  'agent.timeout': 'agent-timeout',
  'agent.args': 'agent-arg',
}

/** The flag that set the invalid key; null when program.md did. */
function flagOf([key, inner]: PropertyKey[], overrides: Overrides): string | null {
  const given = overrides[String(key)]
  if (given === undefined || given === null) return null
  if (key === 'engine') return inner === undefined || inner === 'use' ? 'engine' : null
  if (key !== 'agent') return String(key)
  const name = String(inner ?? 'use')
  return name in asObject(given) ? (flagNames[`agent.${name}`] ?? null) : null
}

/**
 * The key and value of an issue, as written: for `agent: claude`, short for `agent: { use: claude }`, the key is
 * "agent".
 */
function locate(keys: Record<string, unknown>, path: PropertyKey[]): { key: string; found: unknown } {
  let found: unknown = keys
  const way: string[] = []
  for (const step of path) {
    if (typeof found === 'string') break
    found = (found as Record<PropertyKey, unknown> | null | undefined)?.[step]
    way.push(String(step))
  }
  return { key: way.join('.'), found }
}
