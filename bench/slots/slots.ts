/** `pnpm bench slots`: what more slots bring in the same time, on targets and laws whose truth is known. */
import { mean } from 'simple-statistics'
import { createRandom } from '../../scripts/stats/random.ts'
import { type LawName, laws } from '../judge/laws.ts'
import { defaults, simulateSession, trueValue } from '../judge/session.ts'
import { printTable } from '../table.ts'
import { randomSearch, type Search, tunerSearch } from '../tuner/searches.ts'
import { type Target, targets, valuesOf } from '../tuner/targets.ts'
import { simulateSearch } from './search.ts'

const SLOTS = [1, 2, 4, 8, 16, 32]
/** Eight hours of runs of twenty minutes, or two of five. */
const LENGTH = 24
const LAWS: LawName[] = ['mar8-like', 'small gains']

/** Of a search on a target with so many slots. */
interface Row {
  name: string
  slots: number
  /** True gain of a session, in σ of a run, with its standard error. */
  gain: number
  error: number
  /** Part of what there was to gain; null where there is no end. */
  part: number | null
  runs: number
}

export function benchSlotCounts({
  sessions = 20,
  seed = 1,
  topics = 'tuner,random,law',
  json = false,
}: {
  sessions?: number
  seed?: number
  /** Of "tuner", "random" and "law", with commas. */
  topics?: string
  json?: boolean
}): void {
  const asked = topics.split(',')
  const groups = [
    ...targets.flatMap(target =>
      searches(target)
        .filter(([name]) => asked.includes(name))
        .map(([name, search]) =>
          SLOTS.map(slots => {
            // The tuner's model takes seconds a session with many slots.
            const count = name === 'tuner' ? Math.ceil(sessions / 5) : sessions
            return sessionsOf(`${target.name}, ${name}`, target, search, { slots, sessions: count, seed })
          }),
        ),
    ),
    ...(asked.includes('law') ? LAWS : []).map(law => SLOTS.map(slots => lawSessions(law, { slots, sessions, seed }))),
  ]
  if (json) process.stdout.write(`${JSON.stringify({ seed, length: LENGTH, rows: groups.flat() })}\n`)
  else process.stdout.write(text(groups))
}

interface Setting {
  slots: number
  sessions: number
  seed: number
}

const searches = ({ source }: Target): [string, (seed: number) => Search][] => [
  ['tuner', () => tunerSearch(1)],
  ['random', seed => randomSearch(source, createRandom(1000 + seed), 'one')],
]

function sessionsOf(
  name: string,
  target: Target,
  search: (seed: number) => Search,
  { slots, sessions, seed }: Setting,
): Row {
  const loss = (source: string) => target.loss(valuesOf(source))
  const start = loss(target.source) ?? Number.NaN
  const made = Array.from({ length: sessions }, (_, i) => {
    const setting = { slots, length: LENGTH, sigma: 1 }
    const { source, runs } = simulateSearch(target.source, loss, search(seed + i), setting, createRandom(seed + i))
    return { gain: start - (loss(source) ?? Number.NaN), runs }
  })
  if (process.stderr.isTTY) process.stderr.write(`${name}, ${slots} slots: done\n`)
  return { name, slots, ...summary(made), part: mean(made.map(({ gain }) => gain)) / start }
}

/** Effects that are drawn anew whatever was kept: ideas that never run out, which no real target has. */
function lawSessions(law: LawName, { slots, sessions, seed }: Setting): Row {
  const random = createRandom(seed)
  const made = Array.from({ length: sessions }, () => {
    const session = simulateSession(random, {
      ...defaults,
      draw: r => ({ effect: laws[law](r), linesAdded: 1, linesRemoved: 1 }),
      experiments: slots * LENGTH,
      maxRuns: slots * LENGTH,
      slots,
    })
    const head = session.experiments.findLast(({ status }) => status === 'keep')
    return { gain: -trueValue(session, head?.number ?? 0), runs: slots * LENGTH }
  })
  return { name: `law ${law}`, slots, ...summary(made), part: null }
}

function summary(made: { gain: number; runs: number }[]): Pick<Row, 'gain' | 'error' | 'runs'> {
  const gains = made.map(({ gain }) => gain)
  const gain = mean(gains)
  const squares = gains.reduce((sum, each) => sum + (each - gain) ** 2, 0)
  const error = Math.sqrt(squares / Math.max(1, gains.length - 1) / gains.length)
  return { gain, error, runs: mean(made.map(({ runs }) => runs)) }
}

/** The fewest slots whose gain no larger number exceeds by more than 2% of it and two standard errors. */
export function enough(rows: Pick<Row, 'slots' | 'gain' | 'error'>[]): number {
  const isEnough = (row: (typeof rows)[number]) =>
    rows.every(
      more =>
        more.slots <= row.slots ||
        more.gain - row.gain <= Math.max(0.02 * row.gain, 2 * Math.hypot(more.error, row.error)),
    )
  return rows.find(isEnough)?.slots ?? Number.NaN
}

function text(groups: Row[][]): string {
  const about = `True gain of a session of ${LENGTH} run lengths, in σ of a run, ± one standard error; of it per slot and hour of six runs, one slot: 1.\n\n`
  const lines = groups.map(rows => {
    const [one] = rows
    return [
      one?.name ?? '',
      ...rows.map(({ gain, error, part, slots }) => {
        const share = part === null ? '' : ` ${Math.round(100 * part)}%`
        return `${gain.toFixed(1)} ± ${error.toFixed(1)}${share}, ${(gain / slots / (one?.gain ?? 1)).toFixed(2)}`
      }),
      String(enough(rows)),
    ]
  })
  return `${about}${printTable(['target, search', ...SLOTS.map(slots => `${slots} slots`), 'enough'], lines)}\n`
}
