/** Facts on the search: knobs, themes, replications in other sessions, and the final configuration. */
import type { Digest } from '../../analysis/schema.ts'
import { bestText, hasBest, type Knob, shapeTexts } from '../../analysis/search/knob.ts'
import type { Replication } from '../../analysis/search/replication.ts'
import { count, type Fact, metricFacts, seconds, share, textFact } from './fact.ts'

export function searchFacts(digest: Digest): Fact[] {
  const { knobs, themes, replication, constants } = digest
  const make = metricFacts(digest)
  const time = themes.reduce((sum, theme) => sum + theme.seconds, 0)
  return [
    ...count('constant')('knobs.count', knobs.length),
    ...knobs.flatMap(knobFacts),
    ...themes.flatMap(theme => {
      const [id, from] = [`theme.${theme.theme}`, theme.experiments]
      return [
        ...count('experiment')(`${id}.tries`, theme.tries, from),
        ...count('keep')(`${id}.keeps`, theme.keeps, from),
        ...make.gain(`${id}.gain`, theme.gain, from),
        ...seconds(`${id}.time`, theme.seconds > 0 ? theme.seconds : null, from),
        ...share(`${id}.share`, time > 0 ? theme.seconds / time : null, from),
      ]
    }),
    ...replication.flatMap(r => textFact(`replication.${r.experiment}`, replicationText(r), [r.experiment])),
    ...count('constant')('config.moved', constants.length),
    ...constants.flatMap(({ name, baseline, head }) => [
      ...textFact(`config.${name}.baseline`, baseline),
      ...textFact(`config.${name}.head`, head),
    ]),
  ]
}

function knobFacts(knob: Knob): Fact[] {
  const { id, tries, shape, untried } = knob
  const from = tries.map(t => t.experiment)
  const values = [...new Set(tries.flatMap(t => [t.from, t.to]))]
  return [
    ...textFact(`knob.${id}.best`, hasBest(knob) ? bestText(knob) : null, from),
    ...textFact(`knob.${id}.first`, tries[0]?.from ?? null, from),
    ...textFact(`knob.${id}.values`, values.join(', '), from),
    ...count('try', 'tries')(`knob.${id}.tries`, tries.length, from),
    ...textFact(`knob.${id}.shape`, shapeTexts[shape], from),
    ...textFact(`knob.${id}.untried`, untried, from),
  ]
}

/** Of a change that is not known. */
export const notComparable = 'not comparable: neither its diff nor its description says what changed'

/**
 * E.g. "first seen here", "not comparable: neither its diff nor its description says what changed", "same direction in 2 other sessions, no effect above noise in 1".
 */
export function replicationText({ found, comparable }: Replication): string {
  if (!comparable) return notComparable
  if (found.length === 0) return 'first seen here'
  const sessions = (says: Replication['found'][number]['says']) =>
    new Set(found.filter(f => f.says === says).map(f => f.session)).size
  const parts = [
    ['same direction', sessions('same')],
    ['opposite', sessions('opposite')],
    ['no effect above noise', sessions('nothing')],
  ] as const
  return parts
    .filter(([, n]) => n > 0)
    .map(([said, n], i) => `${said} in ${n}${i === 0 ? (n === 1 ? ' other session' : ' other sessions') : ''}`)
    .join(', ')
}
