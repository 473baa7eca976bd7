/** What a session says at its start of `evaluate` and `hide`. Pure. */
import { sanitizeText } from '../../../lib/text.ts'
import { type Contract, isInCache, withoutCache } from '../../../program/contract.ts'
import type { Session } from '../../../record/schema.ts'

/** Paths that are named. */
const MOST = 3

/**
 * Steps of the terminal; none where runs measure themselves.
 * @param contract as runs have it
 * @param isHeld whether runs execute in a sandbox
 */
export function evaluatorLines(
  { evaluate, hide }: Pick<Contract, 'evaluate' | 'hide'>,
  { measurement }: Pick<Session, 'measurement'>,
  isHeld: boolean,
): [key: string, text: string][] {
  const lines: [string, string][] = []
  if (evaluate !== null && measurement?.evaluator !== undefined) {
    const when = evaluate.after === null ? 'beside it' : 'after it'
    lines.push([
      'evaluator',
      `${sanitizeText(measurement.evaluator, 100)} measures each run, ${when} and outside of it`,
    ])
  }
  if (hide.length === 0) return lines
  const names = hide.slice(0, MOST).map(nameOf)
  const more = hide.length > MOST ? ` and ${hide.length - MOST} more` : ''
  const what = `${names.join(', ')}${more}`
  // Paths of the repository are not in a run's worktree, with or without a sandbox.
  const but = hide.every(isInCache) ? '' : ', though its worktree does not have what is hidden in the repository'
  lines.push(['hidden', isHeld ? `a run cannot read ${what}` : `without a sandbox a run can read ${what}${but}`])
  return lines
}

const nameOf = (path: string): string =>
  isInCache(path) ? `${sanitizeText(withoutCache(path), 60)} in the cache folder` : sanitizeText(path, 60)
