/** A machine's baseline over its nights: the same code should measure the same, so what moves is the machine. */
import { mean } from 'simple-statistics'
import { briefMetric, deltaDigits, twoDigits } from '../../../scripts/analysis/numbers.ts'
import { metricText, signed } from '../../../scripts/lib/format.ts'
import type { Baselines } from '../../figures/machines/baselines.ts'
import type { Tip } from '../../figures/tips.ts'
import { countWord, dateText, hrefs, several } from '../words.ts'
import type { Target } from './machines.ts'
import type { NightThere } from './night.ts'
import { speedText } from './speed.ts'

type Measured = NightThere & { value: number }

/** Standard deviations between earlier and later nights that noise alone goes beyond once in 370. */
const sigmas = 3

/** For the figure, oldest first; null with less than two dated nights. */
export function baselinesOf({ nights, metric, sigma }: Target): Baselines | null {
  const dated = datedNights(nights)
  if (dated.length < 2) return null
  return {
    metric,
    sigma,
    points: dated.map(({ time, code, value }, i) => {
      return { time, value, joined: i > 0 && code !== null && code === dated[i - 1]?.code }
    }),
  }
}

/** A tip for each disc of the figure. @param root the way to the notebook's root */
export const baselineTips = ({ nights, metric }: Target, root: string): Tip[] =>
  datedNights(nights).map(({ view, value, speed, time }) => ({
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
const datedNights = (nights: NightThere[]): (Measured & { time: number })[] =>
  measured(nights)
    .reverse()
    .flatMap(n => (n.view.session.startedAt === null ? [] : [{ ...n, time: Date.parse(n.view.session.startedAt) }]))

/** "0.9979 in the last night. The same code measured 0.9971 to 0.9983 over five nights, which noise explains." */
export function baselineText(target: Target): string {
  const [newest, ...rest] = measured(target.nights)
  if (!newest) return 'Not measured in any night.'
  const name = target.metric.name
  if (rest.length === 0) return `${name} ${briefMetric(newest.value)}.`
  const first = `${name} ${briefMetric(newest.value)} in the last night.`
  const others = rest.filter(n => n.code !== newest.code)
  if (newest.code === null)
    return `${first} ${span([newest, ...rest])} over ${several(rest.length + 1, 'night')}; whether that was the same code is not known.`
  const same = [newest, ...rest].filter(n => n.code === newest.code)
  const moved =
    same.length > 1
      ? ` The same code measured ${span(same)} over ${several(same.length, 'night')}${drift(target, same)}.`
      : ''
  const apart =
    others.length > 0
      ? ` In ${countWord(others.length)} ${others.length === 1 ? 'other night' : 'other nights'} it was another code, budget or data, or is not known: ${span(others)}.`
      : ''
  return `${first}${moved}${apart}`
}

const measured = (nights: NightThere[]): Measured[] =>
  nights.flatMap(n => (n.view.baseline === null ? [] : [{ ...n, value: n.view.baseline }]))

function span(nights: Measured[]): string {
  const values = nights.map(n => n.value)
  const [low, high] = [Math.min(...values), Math.max(...values)].map(briefMetric)
  return low === high ? `${low}` : `${low} to ${high}`
}

/** The picture's finding, in a sentence. */
export function baselineFinding(target: Target): string {
  const [newest, ...rest] = measured(target.nights)
  const same = newest ? [newest, ...rest.filter(n => n.code === newest.code)] : []
  if (!newest || newest.code === null || same.length < 2) return 'The baseline night by night.'
  const { moved, allowed } = movedBetween(target, same)
  const nights = several(same.length, 'night')
  if (allowed === null) return `The same code measured ${span(same)} over ${nights}.`
  if (Math.abs(moved) <= allowed) return `Over ${nights} the same code measured the same within noise.`
  return `The machine has drifted: the same code measures ${movedText(moved, newest.value)} in the later half of ${nights}.`
}

function drift(target: Target, nights: Measured[]): string {
  const { moved, allowed } = movedBetween(target, nights)
  if (allowed === null) return '; how much of that is noise is not known'
  if (Math.abs(moved) <= allowed) return moved === 0 ? ', without any drift' : ', no more than noise explains'
  return `, and the later half differs by ${movedText(moved, nights[0]?.value ?? 1)} from the earlier: noise explains ${twoDigits(allowed)}, so the machine has drifted`
}

const movedText = (moved: number, about: number): string => signed(moved, Math.max(0, deltaDigits(about) - 1))

/** How far the later half of the nights lies from the earlier, and how far noise may put it. @param nights newest first */
function movedBetween({ sigma }: Target, nights: Measured[]): { moved: number; allowed: number | null } {
  const values = nights.map(n => n.value).reverse()
  const half = Math.floor(values.length / 2)
  const [early, late] = [values.slice(0, half), values.slice(half)]
  const allowed = sigma === null ? null : sigmas * sigma * Math.sqrt(1 / early.length + 1 / late.length)
  return { moved: mean(late) - mean(early), allowed }
}
