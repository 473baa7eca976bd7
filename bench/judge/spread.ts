/** What confirm says of a head whose runs vary more, or no more, than the baseline's. */
import type { Experiment } from '../../scripts/record/schema.ts'
import type { Random } from '../../scripts/stats/random.ts'
import { confirmHead, headOf, sessionWithKeep } from './confirm.ts'
import { type Check, type Requirement, shareOf } from './requirement.ts'

const topic = 'spread'

export const spreadCheck: Check = (scale, random) => {
  const cases = Math.ceil(2500 * scale)
  return [
    ...[2, 3, 5].flatMap(pairs => [1, 3].map(spread => said(pairs, spread, cases, random))),
    ...[2, 3].map(spread => wrongVerdicts(spread, cases, random)),
  ]
}

/** How often the head is said to spread more at the first look. */
function said(pairs: number, spread: number, cases: number, random: Random): Requirement {
  let found = 0
  for (let i = 0; i < cases; i++) {
    const looks = confirmSpread(pairs, spread, 1, random)
    if (looks[0]?.spread) found++
  }
  const asked = spread === 1 ? ({ at: 'most', limit: 0.05 } as const) : null
  const what = spread === 1 ? 'said of equal spreads' : `said of a head that spreads ${spread} times as much`
  return shareOf({ topic, measured: `${what}, ${pairs} pairs`, asked }, found, cases)
}

/** How often a head without gain is called better or worse in 3 to 6 pairs. */
function wrongVerdicts(spread: number, cases: number, random: Random): Requirement {
  let found = 0
  for (let i = 0; i < cases; i++) if (confirmSpread(3, spread, 0, random).at(-1)?.verdict !== 'inconclusive') found++
  const measured = `no gain, head spreads ${spread} times as much: called better or worse, 3 to 6 pairs`
  return shareOf({ topic, measured, asked: null }, found, cases)
}

function confirmSpread(pairs: number, spread: number, gain: number, random: Random) {
  const session = sessionWithKeep(random, 'half null', { experiments: 8 })
  const { number } = headOf(session)
  const measure = (e: Experiment) => (e.number === number ? spread * random.normal() - gain : random.normal())
  return confirmHead(session, { pairs, calls: 1, measure })
}
