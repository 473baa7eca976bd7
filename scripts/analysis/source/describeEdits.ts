/** Describes edits that have no description. Pure. */
import parseDiff from 'parse-diff'
import { sanitizeText } from '../../lib/text.ts'
import { movesIn } from './constants.ts'

/**
 * "RATE 0.02 → 0.04" if only constants changed, else "RATE 0.02 → 0.04; train.js +5 −2" or "train.js +5 −2" (lines
 * added and removed). At most 120 characters.
 */
export function describe(patch: string): string {
  const files = parseDiff(patch)
  const moves = movesIn(patch)
  const lines = files.reduce((sum, file) => sum + file.additions + file.deletions, 0)
  const moved = moves.map(({ name, from, to }) => `${name} ${from.raw} → ${to.raw}`)
  const touched = files.map(({ from, to, additions, deletions }) => {
    const name = (to === '/dev/null' ? from : to) ?? 'a file'
    return `${name} +${additions} −${deletions}`
  })
  const onlyMoves = moves.length > 0 && lines === 2 * moves.length
  return sanitizeText(
    [moved.join(', '), onlyMoves ? '' : touched.join(', ')].filter(part => part !== '').join('; '),
    120,
  )
}
