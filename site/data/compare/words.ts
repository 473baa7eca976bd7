/** Sentences of a comparison. */
import { list } from '../../../scripts/compare/names.ts'
import { resultText, resultWithBasis, singleRunText } from '../../../scripts/compare/result.ts'
import type { Comparison, Row, Side } from '../../../scripts/compare/schema.ts'
import { capital, countText, countWord } from '../words.ts'
import { namesOf } from './names.ts'

/** The page's answer: how many changes replicated. */
export function answerOf({ replication }: Pick<Comparison, 'replication'>): string {
  const shared = replication.filter(row => row.label !== 'tried once')
  if (shared.length === 0) return 'No change was tried in more than one of these sessions, so nothing could replicate.'
  const of = (label: Row['label'], way?: Row['way']) =>
    shared.filter(row => row.label === label && (way === undefined || row.way === way)).length
  const parts: [number, string][] = [
    [of('replicated', 'better'), 'replicated as better'],
    [of('replicated', 'worse'), 'replicated as worse'],
    [of('contradicted'), 'contradicted'],
    [of('inconclusive'), 'inconclusive'],
  ]
  const found = parts.filter(([count]) => count > 0)
  const counts = found.map(([count, label]) => (found.length > 1 ? `${countWord(count)} ${label}` : label))
  return `${capital(countText(shared.length, 'change was', 'changes were'))} tried in more than one of these sessions: ${found.length === 1 && shared.length > 1 ? 'all ' : ''}${list(counts)}.`
}

/** The finding of the frontier figure: the confirmed changes, else the best single runs. @param sides of one metric */
export function frontiersFinding(sides: Side[], all: Side[]): string {
  const names = namesOf(all)
  const named = ({ id }: Side) => names.get(id) ?? id
  const confirmed = byGain(sides.filter(side => side.confirmed?.verdict === 'better'))
  const measured = byGain(sides.filter(({ bestSingleRun, kept }) => bestSingleRun !== null && kept !== 0))
  const [best, ...others] = confirmed.length > 0 ? confirmed : measured
  const last = others.at(-1)
  if (best === undefined) return 'No session has a gain over a measured baseline.'
  if (sides.length === 1) return `${named(best)}: ${resultWithBasis(best)}.`
  if (confirmed.length > 0) {
    const open = sides.length - confirmed.length
    return [
      `Largest confirmed change: ${named(best)}, ${resultText(best)}.`,
      last ? `Smallest: ${named(last)}, ${resultText(last)}.` : '',
      open > 0 ? `${capital(countText(open, 'session is', 'sessions are'))} not confirmed.` : '',
    ]
      .filter(text => text !== '')
      .join(' ')
  }
  const ends = [best, ...(last ? [last] : [])].map(side => `${named(side)} ${singleRunText(side)}`)
  return `No change is confirmed. ${last ? 'Best single runs, largest and smallest change' : 'Best single run'}: ${list(ends)}.`
}

const byGain = (sides: Side[]): Side[] => {
  const gain = (side: Side) => (side.confirmed?.verdict === 'better' ? side.confirmed.gain : (side.bestSingleRun ?? 0))
  return [...sides].sort((a, b) => gain(b) - gain(a))
}
