/** Converts a foreign table and its git history to our schema. Pure. */
import type { z } from 'zod'
import { metricText } from '../lib/format.ts'
import { sanitizeText } from '../lib/text.ts'
import { type Experiment, experimentSchema, type Session, sessionSchema } from '../record/schema.ts'
import type { History } from './git/history.ts'
import { machineOf, slug } from './machine.ts'
import type { Note } from './source.ts'
import { rowTimes, spanOf, type Times } from './span.ts'
import type { Ledger } from './table/ledger.ts'
import type { OrderedRow } from './table/order.ts'

/** What the user specified; null: inferred. */
export interface SessionOptions {
  id: string | null
  tag: string | null
  machine: string | null
  /** Training seconds of a run. */
  budget: number | null
  /** Path or URL, as recorded. */
  from: string
  /** Name of the source, used for sessions without a branch. */
  name: string
  /** Files that the kept changes edit. */
  edit: string[]
  /** Which session of the source it is, from 0. */
  part: number
  /** Flags that say how the source is read, as they were given. */
  flags?: string[]
}

export interface ConvertedSession {
  session: Session
  experiments: Experiment[]
  notes: Note[]
}

export function buildSession(
  ledger: Ledger,
  rows: OrderedRow[],
  history: History | null,
  about: SessionOptions,
): ConvertedSession {
  const times = rowTimes(rows, history, ledger.columns.find(({ as }) => as === 'time')?.name ?? null)
  const experiments = rows.map((row, number) => experimentOf(row, number, rows, history, times))
  const machine = machineOf(about.machine, [history?.tableBranch.branch.name ?? '', about.name])
  const span = spanOf(rows, history, times, about.budget)
  const day = span.start?.slice(0, 10) ?? times.days.toSorted()[0] ?? 'undated'
  const branch = history?.tableBranch.branch.name ?? null
  const ownName = branch !== null && !/^(?:main|master|HEAD)$/.test(branch) ? branch.split('/').at(-1) : null
  // Segments of one file are sessions of their own.
  const segment = ledger.segment === null || ledger.segment === 0 ? '' : ` segment ${ledger.segment}`
  const tag = slug(about.tag ?? `${ownName ?? about.name}${segment}`) || 'session'
  // A table's further sessions are numbered, so that the first keeps its name when the table grows.
  const numbered = (text: string) => (about.part === 0 ? text : `${text}-${about.part + 1}`)
  const session = sessionSchema.parse({
    schema: 2,
    id: numbered(about.id ?? `${day}-${machine.label}-${tag}`),
    tag: numbered(tag),
    program: null,
    contractHash: null,
    proseHash: null,
    contract: about.edit.length > 0 ? { edit: about.edit } : {},
    metric: { name: ledger.metric.name, goal: ledger.metric.goal, unit: ledger.metric.unit, holdout: null },
    budget: about.budget,
    machine: {
      label: machine.label,
      gpu: machine.gpu,
      gpus: null,
      driver: null,
      cpu: null,
      cores: null,
      memoryMb: null,
      os: null,
      python: null,
      torch: null,
    },
    agent: { use: null, model: null },
    branch: branch === null ? null : sanitizeText(branch),
    baseCommit: history?.base ?? rows[0]?.commit ?? null,
    data: null,
    noise: null,
    startedAt: span.start,
    endedAt: span.end,
    stop: { kind: 'collected', detail: `Collected from ${about.from}; why it ended is not known.` },
    source: { kind: 'table', from: about.from, ...(about.flags?.length ? { flags: about.flags } : {}) },
  } satisfies z.input<typeof sessionSchema>)
  return { session, experiments, notes: [...times.notes, ...span.notes, ...machine.notes] }
}

function experimentOf(
  row: OrderedRow,
  number: number,
  rows: OrderedRow[],
  history: History | null,
  { starts, ends }: Times,
): Experiment {
  const commit = history?.rows[number] ?? null
  const patch = history?.patches.get(number) ?? null
  const parent = row.parent === null ? null : rows[row.parent]
  const base = number === 0 ? (history?.base ?? null) : null
  const lines =
    number === 0
      ? { linesAdded: 0, linesRemoved: 0 }
      : { linesAdded: patch?.added ?? null, linesRemoved: patch?.removed ?? null }
  const reason = reasonOf(row, number)
  return experimentSchema.parse({
    number,
    status: row.as,
    description: row.description,
    hypothesis: null,
    reason,
    agent: { use: null, model: null, seconds: null, tokens: null, costUsd: null },
    proseHash: null,
    parent:
      row.parent === null
        ? null
        : {
            number: row.parent,
            commit:
              (row.parent === 0 ? history?.base : null) ?? history?.rows[row.parent]?.sha ?? parent?.commit ?? null,
          },
    commit: commit?.sha ?? row.commit ?? base,
    tree: commit?.tree ?? (base === null ? null : (history?.bySha.get(base)?.tree ?? null)),
    ...lines,
    metric: row.metric,
    memoryMb: row.memoryMb,
    decision:
      row.gain === null || row.metric === null || parent?.metric == null || (row.as !== 'keep' && row.as !== 'discard')
        ? null
        : {
            verdict: row.as,
            reason,
            candidate: row.metric,
            head: parent.metric,
            gain: row.gain,
            needed: null,
            sigma: null,
            ...lines,
          },
    startedAt: starts[number] ?? null,
    endedAt: ends[number] ?? null,
    runs: [],
    row: {
      line: row.line,
      commit: row.written,
      status: row.status,
      cells: row.time === null ? row.cells : { ...row.cells, time: row.time },
    },
  } satisfies z.input<typeof experimentSchema>)
}

function reasonOf({ status, as, metric, baseline, value: written }: OrderedRow, number: number): string {
  const says = status === null ? 'The table has no status for it' : `The table says “${status}”`
  if (as === 'unknown') return `${says}${status === null ? '' : ', which is not known to mean kept or discarded'}.`
  if (number > 0 && baseline === 'status' && as === 'discard') return `${says}: a repeat of it, not a change.`
  const ended = as !== 'keep' && as !== 'discard'
  if (ended && written?.value) return `${says}; its value, ${metricText(written.value)}, counts as no measurement.`
  const value = number === 0 && metric !== null ? `; it starts at ${metricText(metric)}` : ''
  return `${says}${value}.`
}
