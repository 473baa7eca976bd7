/** The flags of `pnpm sync`. */
import { Failure } from '../../lib/errors.ts'
import { sanitizeText } from '../../lib/text.ts'
import { parseDuration } from '../../lib/time.ts'
import { isWorkflowName } from './push/workflow.ts'

export const flags = {
  push: { type: 'boolean' },
  pull: { type: 'boolean' },
  since: { type: 'string' },
  tag: { type: 'string' },
  machine: { type: 'string', multiple: true },
  'with-logs': { type: 'boolean' },
  public: { type: 'boolean' },
  name: { type: 'string' },
  withdraw: { type: 'string', multiple: true },
  workflow: { type: 'string' },
  restore: { type: 'string', multiple: true },
  accept: { type: 'string', multiple: true },
  verified: { type: 'boolean' },
  program: { type: 'string' },
  timeout: { type: 'string' },
  'dry-run': { type: 'boolean' },
  json: { type: 'boolean' },
} as const

export interface SyncRequest {
  /** A git address, or the name of a remote of the notebook's repository; null: the remembered one. */
  remote: string | null
  push: boolean
  pull: boolean
  /** Only sessions that ended at this time or later. */
  since: Date | null
  /** Only sessions with this tag. */
  tag: string | null
  /** Only these branches, without "sessions/"; empty: all. */
  machines: string[]
  withLogs: boolean
  allowPublic: boolean
  /** Own branch, without "sessions/"; null: chosen. */
  name: string | null
  /** Workflow that a push starts on GitHub, e.g. "sessions.yml"; "none" for none; null: as before. */
  workflow: string | null
  /** Own sessions to take off the branch, as typed. */
  withdraw: string[]
  /** Ids of sessions that were withdrawn, or brought and deleted, to be shared or brought again. */
  restore: string[]
  /** Branches that may have been rewritten, without "sessions/". */
  accept: string[]
  /** Leaves out what is not verified. */
  verified: boolean
  /** Path of the program.md whose `share.trust` counts; null: the notebook's. */
  program: string | null
  /** Milliseconds without any output after which git is given up. */
  quietMs: number
  dryRun: boolean
}

interface Given {
  push?: boolean | undefined
  pull?: boolean | undefined
  since?: string | undefined
  tag?: string | undefined
  machine?: string[] | undefined
  'with-logs'?: boolean | undefined
  public?: boolean | undefined
  name?: string | undefined
  withdraw?: string[] | undefined
  workflow?: string | undefined
  restore?: string[] | undefined
  accept?: string[] | undefined
  verified?: boolean | undefined
  program?: string | undefined
  timeout?: string | undefined
  'dry-run'?: boolean | undefined
}

/** @throws {Failure} for flags that cannot be read, or not together */
export function readSyncRequest(given: Given, remote: string | undefined, now: Date): SyncRequest {
  const directions = { push: given.push ?? false, pull: given.pull ?? false }
  const isBoth = directions.push === directions.pull
  const request = {
    remote: remote ?? null,
    push: isBoth || directions.push,
    pull: isBoth || directions.pull,
    since: given.since === undefined ? null : readSince(given.since, now),
    tag: given.tag ?? null,
    machines: (given.machine ?? []).map(name => branchName('machine', name)),
    withLogs: given['with-logs'] ?? false,
    allowPublic: given.public ?? false,
    name: given.name === undefined ? null : branchName('name', given.name),
    withdraw: given.withdraw ?? [],
    workflow: given.workflow === undefined ? null : readWorkflow(given.workflow),
    restore: given.restore ?? [],
    accept: (given.accept ?? []).map(name => branchName('accept', name)),
    verified: given.verified ?? false,
    program: given.program ?? null,
    quietMs: given.timeout === undefined ? DEFAULT_QUIET_MS : readTimeout(given.timeout),
    dryRun: given['dry-run'] ?? false,
  }
  checkDirection(given, request)
  return request
}

const DEFAULT_QUIET_MS = 60_000

/** The flags that only one direction has. */
const directionOf: { flag: keyof Given; direction: 'push' | 'pull' }[] = [
  { flag: 'with-logs', direction: 'push' },
  { flag: 'name', direction: 'push' },
  { flag: 'withdraw', direction: 'push' },
  { flag: 'workflow', direction: 'push' },
  { flag: 'machine', direction: 'pull' },
  { flag: 'accept', direction: 'pull' },
  { flag: 'verified', direction: 'pull' },
]

/** A flag that has no meaning would silently be left out. */
function checkDirection(given: Given, request: Pick<SyncRequest, 'push' | 'pull'>): void {
  const wrong = directionOf.find(
    ({ flag, direction }) => given[flag] !== undefined && given[flag] !== false && !request[direction],
  )
  if (wrong === undefined) return
  const other = wrong.direction === 'push' ? 'pull' : 'push'
  throw new Failure(`--${wrong.flag} has no meaning with --${other} alone.`, `Leave one of the two out.`)
}

const DAY_MS = 86_400_000

function readSince(text: string, now: Date): Date {
  const days = /^(\d{1,5})d$/.exec(text.trim())?.[1]
  if (days !== undefined) return new Date(now.getTime() - Number(days) * DAY_MS)
  const seconds = parseDuration(text)
  if (seconds !== null) return new Date(now.getTime() - seconds * 1000)
  // Without a zone a date is of UTC, and a time of the local clock.
  const date = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?$/.test(text)
    ? new Date(text)
    : new Date(Number.NaN)
  if (Number.isNaN(date.getTime()))
    throw new Failure(
      `--since ${sanitizeText(text, 100)} is neither a date nor a time span.`,
      'Give e.g. 2026-11-21, 7d or 12h.',
    )
  return date
}

function readTimeout(text: string): number {
  const seconds = parseDuration(text)
  if (seconds === null || seconds < 1 || seconds > 86_400)
    throw new Failure(
      `--timeout ${sanitizeText(text, 100)} is not a time from 1 second to 24 hours.`,
      'Give e.g. 90s or 5m: git is given up when it says nothing for so long.',
    )
  return seconds * 1000
}

function readWorkflow(text: string): string {
  if (text === 'none' || isWorkflowName(text)) return text
  throw new Failure(
    `--workflow ${sanitizeText(text, 100)} is not the name of a workflow's file.`,
    'Give e.g. sessions.yml for .github/workflows/sessions.yml on the default branch, or none.',
  )
}

/** The part of a branch's name behind "sessions/", which may be typed too. */
function branchName(flag: string, text: string): string {
  const name = text.replace(/^sessions\//, '')
  if (!/^[A-Za-z0-9][\w.-]{0,79}$/.test(name) || /\.\.|\.lock$|\.$/.test(name))
    throw new Failure(
      `--${flag} ${sanitizeText(text, 100)} is not a name of a machine's branch.`,
      'Give letters, digits, dots and dashes, e.g. h200-abcd for the branch sessions/h200-abcd.',
    )
  return name
}
