/** The shape of each optimum: the values that were tried of a constant, with what each cost or gained. */

import { briefDelta, list } from '../../analysis/numbers.ts'
import type { Digest } from '../../analysis/schema.ts'
import { asGood, hasBest, type Knob, shapeTexts } from '../../analysis/search/knob.ts'
import { type Point, scores, stepsOf } from '../../analysis/search/knobShape.ts'
import { plural } from '../../lib/text.ts'
import { experimentName } from '../../record/files/paths.ts'
import type { Experiment } from '../../record/schema.ts'
import { isEnoughForPReal } from '../../stats/noise.ts'
import { bullets, paragraph, type Section, short, table } from '../nodes.ts'

/** Constants with a line each, and values in a line; the section Constants has more. */
const [MAX_OPTIMA, MAX_VALUES] = [5, 6]
/** Values that a constant was tried at, from which on its optimum has a shape. */
const MIN_VALUES = 3
/** Values to try that are listed. */
const MAX_STEPS = 5
/** Rows of the table of all constants; digest.json has all. */
const MAX_ROWS = 25

/** One line a constant that was tried at three values or more; those tried most come first. */
export function optimaPart({ knobs, metric, bestSingleRun, noise }: Digest, experiments: Experiment[]): Section {
  const about = bestSingleRun?.baseline ?? 1
  const shaped = knobs
    .map(knob => ({ knob, points: scores(stepsOf(knob.tries)).sort((a, b) => a.value - b.value) }))
    .filter(({ points }) => points.length >= MIN_VALUES)
    .sort((a, b) => b.points.length - a.points.length)
  if (shaped.length === 0) return []
  const shown = shaped.slice(0, MAX_OPTIMA)
  const left = shaped.length - shown.length
  // Whether a difference is above noise cannot be said of an assumed noise, or of one by a single pair of runs.
  const isKnown = isEnoughForPReal(noise)
  const text = (gain: number) => briefDelta(gain, metric, about)
  return [
    paragraph(
      `Shape of each optimum: ${metric.name} against the best value tried${isKnown ? '' : ' (single runs, noise not known)'}.`,
    ),
    bullets([
      ...shown.map(
        ({ knob, points }) =>
          `${named(knob, experiments)}: ${valuesText(knob, points, text)}${isKnown ? `; ${shapeText(knob)}` : ''}.`,
      ),
      ...(left > 0 ? [`${plural(left, 'more constant')} with ${MIN_VALUES} values or more: under “Constants”.`] : []),
    ]),
  ]
}

/** "0.02 (+0.0031), 0.04 (best, 0012), 0.06 (+0.0021)"; of many values the ends and those next to the best. */
function valuesText({ tries }: Knob, points: Point[], text: (gain: number) => string): string {
  const top = points.reduce((a, b) => (b.score > a.score ? b : a))
  const at = points.indexOf(top)
  const near = points
    .map((point, i) => ({ point, rank: i === 0 || i === points.length - 1 ? 0 : Math.abs(i - at) }))
    .toSorted((a, b) => a.rank - b.rank)
    .slice(0, MAX_VALUES)
    .map(({ point }) => point)
  const shown = points.filter(point => near.includes(point))
  const made = tries.filter(t => t.alone && t.value === top.value && t.gain !== null)
  const best = made.reduce<(typeof made)[number] | null>((a, b) => (a && (a.gain ?? 0) >= (b.gain ?? 0) ? a : b), null)
  const texts = shown.map(
    point =>
      `${point.raw} (${point === top ? `best${best ? `, ${experimentName(best.experiment)}` : ''}` : text(point.score - top.score)})`,
  )
  const left = points.length - shown.length
  return left > 0 ? `${texts.join(', ')} and ${left} more` : texts.join(', ')
}

/** Its id; where that is not a constant at the top of a file, such as `s`, with the change that first set it. */
function named({ id, tries: [first] }: Knob, experiments: Experiment[]): string {
  const description = experiments.find(e => e.number === first?.experiment)?.description
  return /^[A-Z][A-Z0-9_]*$/.test(id) || description === undefined ? id : `${id} (“${short(description)}”)`
}

const shapeText = ({ shape }: Knob): string => (shape === 'unclear' ? 'optimum not clear' : shapeTexts[shape])

/** Values that the search leaves open, with the reason, or why it suggests none. */
export function untriedPart({ knobs, withoutDiff }: Digest): Section {
  const items = knobs
    .flatMap(knob =>
      knob.untried === null ? [] : [`${knob.id} at ${knob.untried} (${knob.best}: ${shapeTexts[knob.shape]}).`],
    )
    .slice(0, MAX_STEPS)
  if (items.length > 0) return [bullets(items)]
  return knobs.length > 0 && withoutDiff.experiments.length > 0
    ? [paragraph('The discards have no diff, so no value is suggested that one of them may have tried.')]
    : []
}

/** Every constant that was changed, with the values tried. */
export function knobsPart({ knobs }: Digest): Section {
  if (knobs.length === 0) return []
  const rows = [...knobs].sort((a, b) => b.tries.length - a.tries.length)
  const shown = rows.slice(0, MAX_ROWS)
  const rest = rows.length - shown.length
  return [
    table(shown, [
      { head: 'Constant', code: true, cell: k => k.id },
      { head: 'At first', align: 'right', code: true, cell: k => k.tries[0]?.from ?? '–' },
      { head: 'Tried', code: true, cell: k => [...new Set(k.tries.map(t => t.to))].join(', ') },
      { head: 'Best', align: 'right', code: true, cell: bestOf },
      { head: 'Maybe as good', code: true, cell: k => (hasBest(k) && asGood(k).length > 0 ? list(asGood(k)) : '–') },
      { head: 'Shape', cell: k => shapeTexts[k.shape] },
    ]),
    ...(rest > 0 ? [paragraph(`${plural(rest, 'more constant')}: in digest.json.`)] : []),
  ]
}

const bestOf = (knob: Knob): string => (hasBest(knob) ? knob.best : '–')
