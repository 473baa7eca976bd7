/** What to do next, by fixed rules: a command and how long it takes. Pure. */
import { posix } from 'node:path'
import { median } from 'simple-statistics'
import { z } from 'zod'
import { argument, command, shellWord } from '../../lib/command.ts'
import { roughDuration } from '../../lib/format.ts'
import { plainLine } from '../../lib/text.ts'
import { folderIn } from '../../program/data.ts'
import type { Experiment, Session } from '../../record/schema.ts'
import { isFailedBaseline, isOver } from '../../record/unfinished.ts'
import type { Confirmed } from '../../stats/confirm.ts'
import { MAX_PAIRS } from '../../stats/sequential.ts'
import { type ConfirmRuns, lostRunsText } from '../confirm/runs.ts'
import { givenData } from '../data.ts'
import { namingText, type Unknown } from './unknown.ts'

export const nextStepSchema = z.object({
  /**
   * `status`: it runs. `resume`: it was interrupted. `report`: it has none yet. `confirm`: baseline and head are to be run again, for the first time
   * or on more seeds. `session`: a new one, on the same program. `site`: it was imported, and only its pages are here.
   * `collect`: import it again and say what its statuses mean. `compare`: a replication, beside the session that its changes
   * are from.
   */
  kind: z.enum(['status', 'resume', 'report', 'confirm', 'session', 'site', 'collect', 'compare']),
  /** As any reader can type it: "npx pnpm confirm 2026-11-21-cpu-abcd-nov21 --seeds 2". */
  command: z.string(),
  /** Estimated seconds by the session's own runs; null where they are not known, or it has no fixed length. */
  seconds: z.number().nonnegative().nullable(),
})
export type NextStep = z.infer<typeof nextStepSchema>

export interface NextStepInput {
  session: Session
  experiments: Experiment[]
  /** Pairs of an experiment with `judge: paired`; else null. */
  pairs: number | null
  confirmed: Confirmed | null
  /** Whether most runs of the final in confirm took longer than they may: more of them would not confirm it. */
  overBudget?: boolean
  /** Rows whose status has no known meaning. */
  unknown: Unknown | null
}

export function nextStepOf(input: NextStepInput): NextStep {
  const { session, experiments, confirmed, unknown } = input
  const { stop, id } = session
  const step = (kind: NextStep['kind'], words: string) => ({ kind, command: command(words), seconds: null })
  const kept = experiments.some(e => e.number > 0 && e.status === 'keep' && e.metric !== null)
  if (stop === null) return step('status', `status ${argument(id)}`)
  if (unknown !== null && unknown.experiments.length > 0 && !kept)
    return { kind: 'collect', command: unknown.again, seconds: null }
  // A collected session has neither branch nor machine here.
  if (session.source || session.program === null) return step('site', 'site')
  if (!isOver(stop.kind) && !isFailedBaseline(experiments[0])) return step('resume', `session resume ${argument(id)}`)
  if (session.replication !== undefined && !isFailedBaseline(experiments[0]))
    return step('compare', `compare ${shellWord(session.replication.session)} ${argument(id)}`)
  if (kept && confirmed === null && input.overBudget !== true) return confirmStep(input, null)
  if (confirmed?.verdict === 'inconclusive' && confirmed.seeds < MAX_PAIRS)
    return confirmStep(input, moreSeeds(confirmed))
  return step('session', sessionOn(session.programPath ?? session.program, session))
}

/** @param more pairs of runs; null: as many as confirm makes by itself */
function confirmStep({ session, experiments, pairs }: NextStepInput, more: number | null): NextStep {
  const seeds = more === null ? '' : ` --seeds ${more}`
  const typed = command(`confirm ${argument(session.id)}${seeds}`)
  // With `judge: paired`, confirm makes by itself as many pairs as an experiment has at least.
  const planned = more ?? Math.max(Number(session.contract.seeds ?? 3), pairs ?? 0)
  const lengths = experiments.flatMap(e => e.runs.filter(run => run.outcome === 'ok').map(run => run.seconds))
  return {
    kind: 'confirm',
    command: typed,
    seconds: planned > 0 && lengths.length > 0 ? 2 * planned * median(lengths) : null,
  }
}

/** The facts that say what a step is for. */
interface StepOf {
  next: NextStep
  confirmRuns: ConfirmRuns
  unknown: Unknown | null
}

/** What the step does, before its command: "Finish it (about 10 min)". */
export function nextStepText({ next, confirmRuns, unknown }: StepOf): string {
  const time = next.seconds === null ? '' : ` (about ${roughDuration(next.seconds)})`
  const confirm = confirmRuns.runs === 0 ? 'Confirm it' : lostRunsText(confirmRuns) === '' ? 'Settle it' : 'Finish it'
  const texts: Record<NextStep['kind'], string> = {
    status: 'See how it goes on',
    resume: 'Finish the session',
    report: 'Write its report',
    confirm,
    session: 'Start the next session',
    site: 'Build its pages',
    compare: 'Compare it with the session that its changes are from',
    collect: unknown === null ? 'Import it again' : namingText(unknown),
  }
  return `${texts[next.kind]}${time}`
}

/**
 * A new session on the same program.md, by its path from the folder in which the command is typed, and on the same data: the
 * records do not say whether program.md names it.
 */
function sessionOn(program: string, { contract, program: inRoot }: Measured): string {
  const words = program === 'program.md' ? [] : [`--program ${argument(program)}`]
  const data = givenData({ contract })
  const folder = folderIn(data ?? '')
  const isFixed = folder === null || folder.startsWith('/') || folder.startsWith('~')
  // Records have a relative folder from the repository's root; whose path is not known where it is not above program.md's.
  const root = inRoot !== null && program.endsWith(inRoot) ? program.slice(0, -inRoot.length) : null
  if (data !== null && isFixed) words.push(`--data ${argument(plainLine(data))}`)
  else if (folder !== null && root !== null)
    words.push(`--data ${argument(`folder:${plainLine(posix.join(root, folder))}`)}`)
  return ['session', ...words].join(' ')
}

/** Of a session: its program.md from the repository's root, and its data. */
type Measured = Pick<Session, 'contract' | 'program'>

/** The command of a next step with another path of program.md; unchanged when it starts no session. */
export const withProgram = (next: NextStep, program: string, session: Measured): string =>
  next.kind === 'session' ? command(sessionOn(program, session)) : next.command

/** Further pairs after which the interval would exclude zero: its width falls with the square root of their number. */
function moreSeeds({ gain, interval: [low, high], seeds }: Confirmed): number {
  const half = (high - low) / 2
  const needed = seeds * (half / Math.max(Math.abs(gain), Number.MIN_VALUE)) ** 2
  return Math.max(2, Math.min(MAX_PAIRS, Math.ceil(needed)) - seeds)
}
