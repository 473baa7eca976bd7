/** The frontier figures, one for each metric and axis; the page's radio buttons show one axis. */
import { list, machineKey } from '../../../scripts/compare/names.ts'
import type { Side } from '../../../scripts/compare/schema.ts'
import { type Axis, axes, frontiersOf } from '../../data/compare/frontiers.ts'
import { frontiersName } from '../../data/compare/pictures.ts'
import { frontiersFinding } from '../../data/compare/words.ts'
import { MAX_NAMED_LINES } from '../../figures/compare/frame.ts'
import { frontiersFigure, frontiersTips } from '../../figures/compare/frontiers.ts'
import { tipsText } from '../../figures/tips.ts'
import type { CompareContext } from './context.ts'
import type { Make } from './make.ts'

/** A replication has no search to draw. */
const searchesOf = (all: Side[], ids: string[]): Side[] =>
  all.filter(({ id, replication }) => replication === null && ids.includes(id))

export function frontiersSection(make: Make, context: CompareContext): Element[] {
  const groups = context.comparison.groups.map(({ sides }) => searchesOf(context.sides, sides))
  return groups.flatMap((group, at) =>
    axes.map(by => figure(make, context, { group, by, picture: frontiersName(at, by) })),
  )
}

interface Drawn {
  group: Side[]
  by: Axis
  /** Name of the SVG file. */
  picture: string
}

function figure(make: Make, context: CompareContext, { group, by, picture }: Drawn): Element {
  const found = frontiersOf(context.sides, group, by)
  const lines = found?.frontiers.lines.length ?? 0
  const without = found ? withoutText(found.without, by, context) : ''
  return make(
    'figure',
    { class: `by-${by}`, 'data-tips': found && lines > 0 ? tipsText(frontiersTips(found.frontiers)) : null },
    found && lines > 0 ? frontiersFigure(make, found.frontiers) : null,
    make(
      'figcaption',
      {},
      lines > 0 ? make('b', {}, frontiersFinding(group, context.sides)) : null,
      lines > 0 ? ` ${reading(group, lines)}` : null,
      lines > 0 && by === 'dollars' ? ` ${countedText(context, group)}` : null,
      without === '' ? ' ' : ` ${without} `,
      context.links('compare.csv', picture),
    ),
  )
}

function reading(group: Side[], lines: number): string {
  const several = new Set(group.map(machineKey)).size > 1
  const confirmed = group.some(s => s.confirmed)
  return [
    `Each line is a session’s best so far, in single runs${several ? '; a colour is a machine' : ''}.`,
    confirmed ? 'A dot with a bar is the change in confirm with its 95% interval, filled where it is confirmed.' : '',
    lines > MAX_NAMED_LINES ? `The ${MAX_NAMED_LINES} with the largest gains are named, the others grey.` : '',
  ]
    .filter(text => text !== '')
    .join(' ')
}

/** Which costs the dollars include. */
function countedText({ comparison, names }: CompareContext, group: Side[]): string {
  const paid = comparison.rates.filter(rate => rate.usd !== null && group.some(s => s.id === rate.side))
  const kinds = [...Map.groupBy(paid, rate => rate.paid.join(' and '))]
  const word = (kind: string) => kind.replace('gpu', 'GPU')
  if (kinds.length === 1)
    return `Dollars are the cost of ${word(kinds[0]?.[0] ?? '')}${kinds[0]?.[0]?.includes(' ') ? '' : ' only'}.`
  const costs = kinds.map(
    ([kind, own]) => `${word(kind)} of ${list(own.map(rate => names.get(rate.side) ?? rate.side))}`,
  )
  return `Dollars are the cost of ${list(costs)}, which are not comparable.`
}

function withoutText(without: Side[], by: Axis, { names }: CompareContext): string {
  if (without.length === 0) return ''
  const named = without.slice(0, 4).map(s => names.get(s.id) ?? s.id)
  const who = list([...named, ...(without.length > 4 ? [`${without.length - 4} more`] : [])])
  const why = {
    experiments: 'the baseline was not measured',
    hours: 'no time is recorded',
    dollars: 'the cost of the agent is not recorded; a price of a device-hour can be set under “Choose sessions”',
  }[by]
  return `Not shown: ${who} (${why}).`
}
