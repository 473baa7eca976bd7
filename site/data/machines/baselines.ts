/**
 * A machine's baseline over its sessions. The same code should measure the same; a difference beyond noise is a drift
 * of the machine.
 */
import { mean } from 'simple-statistics'
import { briefMetric, deltaDigits, twoDigits } from '../../../scripts/analysis/numbers.ts'
import { metricText, signed } from '../../../scripts/lib/format.ts'
import { studentQuantile } from '../../../scripts/stats/distributions.ts'
import type { Baselines } from '../../figures/machines/baselines.ts'
import type { Tip } from '../../figures/tips.ts'
import { countText, countWord, dateText, hrefs } from '../words.ts'
import type { MachineSession } from './machineSession.ts'
import type { Target } from './machines.ts'
import { speedText } from './speed.ts'

type Measured = MachineSession & { value: number }

/** Probability that the difference between earlier and later sessions is called a drift although it is noise. */
const DRIFT_ERROR = 0.01

/** Data of the figure, oldest first; null with fewer than two dated sessions. */
export function baselinesOf({ sessions, metric, noise }: Target): Baselines | null {
  const dated = datedSessions(sessions)
  if (dated.length < 2) return null
  return {
    metric,
    sigma: noise?.sigma ?? null,
    points: dated.map(({ time, code, value }, i) => {
      return { time, value, joined: i > 0 && code !== null && code === dated[i - 1]?.code }
    }),
  }
}

/** A tooltip for each dot of the figure. @param root relative path to the notebook's root */
export const baselineTips = ({ sessions, metric }: Target, root: string): Tip[] =>
  datedSessions(sessions).map(({ view, value, speed, time }) => ({
    href: `${root}${hrefs.session(view.id)}`,
    lines: [
      `${metric.name} ${metricText(value)}`,
      dateText(new Date(time).toISOString()),
      [speedText(speed), view.session.machine.driver === null ? null : `driver ${view.session.machine.driver}`]
        .filter(Boolean)
        .join(', '),
    ],
  }))

/** Oldest first. */
const datedSessions = (sessions: MachineSession[]): (Measured & { time: number })[] =>
  measured(sessions)
    .reverse()
    .flatMap(n => (n.view.session.startedAt === null ? [] : [{ ...n, time: Date.parse(n.view.session.startedAt) }]))

/**
 * e.g. "val_bpb 0.9979 in the last session. The same code measured 0.9971 to 0.9983 over five sessions, no more than
 * noise explains."
 */
export function baselineText(target: Target): string {
  const [newest, ...rest] = measured(target.sessions)
  if (!newest) return 'Not measured in any session.'
  const name = target.metric.name
  if (rest.length === 0) return `${name} ${briefMetric(newest.value)}.`
  const first = `${name} ${briefMetric(newest.value)} in the last session.`
  const others = rest.filter(n => n.code !== newest.code)
  if (newest.code === null)
    return `${first} ${span([newest, ...rest])} over ${countText(rest.length + 1, 'session')}; whether that was the same code is not known.`
  const same = [newest, ...rest].filter(n => n.code === newest.code)
  const moved =
    same.length > 1
      ? ` The same code measured ${span(same)} over ${countText(same.length, 'session')}${drift(target, same)}.`
      : ''
  const apart =
    others.length > 0
      ? ` In ${countWord(others.length)} ${others.length === 1 ? 'other session' : 'other sessions'} it was another code, budget or data, or is not known: ${span(others)}.`
      : ''
  return `${first}${moved}${apart}`
}

const measured = (sessions: MachineSession[]): Measured[] =>
  sessions.flatMap(n => (n.view.baseline === null ? [] : [{ ...n, value: n.view.baseline }]))

function span(sessions: Measured[]): string {
  const values = sessions.map(n => n.value)
  const [low, high] = [Math.min(...values), Math.max(...values)].map(end => briefMetric(end, values))
  return low === high ? `${low}` : `${low} to ${high}`
}

/** The figure's finding. */
export function baselineFinding(target: Target): string {
  const [newest, ...rest] = measured(target.sessions)
  const same = newest ? [newest, ...rest.filter(n => n.code === newest.code)] : []
  if (!newest || newest.code === null || same.length < 2) return 'The baseline of each session.'
  const { moved, allowed } = movedBetween(target, same)
  const sessions = countText(same.length, 'session')
  if (allowed === null) return `The same code measured ${span(same)} over ${sessions}.`
  if (Math.abs(moved) <= allowed) return `Over ${sessions} the same code measured the same within noise.`
  return `The machine has drifted: the same code measures ${movedText(moved, newest.value)} in the later half of ${sessions}.`
}

function drift(target: Target, sessions: Measured[]): string {
  const { moved, allowed } = movedBetween(target, sessions)
  if (allowed === null) return '; how much of that is noise is not known'
  if (Math.abs(moved) <= allowed) return moved === 0 ? ', without any drift' : ', no more than noise explains'
  return `, and the later half differs by ${movedText(moved, sessions[0]?.value ?? 1)} from the earlier: noise explains ${twoDigits(allowed)}, so the machine has drifted`
}

const movedText = (moved: number, about: number): string => signed(moved, Math.max(0, deltaDigits(about) - 1))

/**
 * Difference of the mean baseline of the later half of sessions from the earlier half, and the largest difference that
 * noise explains.
 * @param sessions newest first
 */
function movedBetween({ noise }: Target, sessions: Measured[]): { moved: number; allowed: number | null } {
  const values = sessions.map(n => n.value).reverse()
  const half = Math.floor(values.length / 2)
  const [early, late] = [values.slice(0, half), values.slice(half)]
  const allowed =
    noise === null
      ? null
      : studentQuantile(1 - DRIFT_ERROR / 2, noise.df) * noise.sigma * Math.sqrt(1 / early.length + 1 / late.length)
  return { moved: mean(late) - mean(early), allowed }
}
