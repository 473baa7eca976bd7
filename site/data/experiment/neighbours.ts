/** Links from an experiment to the previous and next one in time, on the branch, of a knob and of a theme. */
import { briefMetric } from '../../../scripts/analysis/numbers.ts'
import { statusWords } from '../../../scripts/analysis/statusWords.ts'
import type { Experiment } from '../../../scripts/record/schema.ts'
import { cut } from '../../figures/text.ts'
import { type Knob, knobHref, knobsMoved, knobsOf, type Try } from '../knobs/knobs.ts'
import { experimentOf, type View } from '../view.ts'
import { dateText, hrefs, sessionDay } from '../words.ts'

export interface Link {
  href: string
  text: string
}

export interface NeighbourLinks {
  name: string
  /** Link to the whole knob or theme. */
  href: string | null
  before: Link | null
  after: Link | null
}

/** Knobs with links per experiment; a change of a hundred constants is not a knob change. */
const MAX_KNOBS = 4

/** The previous and the next experiment in the order of the verdicts. */
export function inTime(v: View, e: Experiment): Pick<NeighbourLinks, 'before' | 'after'> {
  const at = v.experiments.indexOf(e)
  return { before: linkTo(v, v.experiments[at - 1]), after: linkTo(v, v.experiments[at + 1]) }
}

const linkTo = (v: View, found: Experiment | undefined): Link | null =>
  found ? { href: hrefs.experiment(v.id, found.number), text: `${found.number}, ${cut(found.description, 40)}` } : null

/** Links are relative to the notebook's root; those in time come first. */
export function neighboursOf(v: View, e: Experiment, views: View[]): NeighbourLinks[] {
  const at = v.experiments.indexOf(e)
  const link = (found: Experiment | undefined) => linkTo(v, found)
  const onBranch = (x: Experiment) => x.status === 'keep' || x.number === 0
  const theme = v.digest?.themes.find(t => t.experiments.includes(e.number))
  const of = theme?.experiments ?? []
  const place = of.indexOf(e.number)
  const numbered = (n: number | undefined) => (n === undefined ? undefined : experimentOf(v, n))
  const neighbours: NeighbourLinks[] = [
    { name: 'In time', href: null, ...inTime(v, e) },
    {
      name: 'On the branch',
      href: null,
      before: link(v.experiments.slice(0, at).findLast(onBranch)),
      after: link(v.experiments.slice(at + 1).find(onBranch)),
    },
    ...knobsMoved(knobsOf(views), v, e.number)
      .slice(0, MAX_KNOBS)
      .map(({ knob, at: index }) => knobNeighbours(knob, index, v)),
    ...(theme
      ? [
          {
            name: `Theme ${theme.theme}`,
            href: `${hrefs.session(v.id)}#theme-${theme.theme}`,
            before: link(numbered(of[place - 1])),
            after: link(numbered(of[place + 1])),
          },
        ]
      : []),
  ]
  return neighbours.filter(links => links.href || links.before || links.after)
}

const knobNeighbours = (knob: Knob, at: number, v: View): NeighbourLinks => ({
  name: knob.id,
  href: knobHref(knob),
  before: tryLink(knob.tries[at - 1], v),
  after: tryLink(knob.tries[at + 1], v),
})

/** "16, 2**17: crashed"; in another session "8 March 2026, 2**17: 0.9860". */
function tryLink(t: Try | undefined, v: View): Link | null {
  if (!t) return null
  const found = t.metric === null ? statusWords[t.status] : briefMetric(t.metric)
  const where = t.view === v ? t.experiment : dateText(sessionDay(t.view.session))
  return { href: hrefs.experiment(t.view.id, t.experiment), text: `${where}, ${cut(t.to, 24)}: ${found}` }
}
