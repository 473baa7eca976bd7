/**
 * A session of several slots on a target whose true loss is known: candidates are made from the head of their moment, judged
 * against it by the loop's rule, and rebased and run again where the head has moved meanwhile.
 */
import type { PastExperiment } from '../../scripts/agents/agent.ts'
import { constantsIn } from '../../scripts/analysis/source/constants.ts'
import { decide } from '../../scripts/ratchet/decide.ts'
import type { Random } from '../../scripts/stats/random.ts'
import { apply, type Change, patchOf, type Search } from '../tuner/searches.ts'

export interface SlotsSession {
  slots: number
  /** In run lengths. */
  length: number
  /** Standard deviation of a run. */
  sigma: number
}

/** The head at a moment, with its measured value. */
interface Head {
  source: string
  value: number
}

interface Candidate {
  number: number
  changes: Change[]
  source: string
  parent: Head
  endsAt: number
}

/**
 * @param loss true loss of a source, to minimise; null: it crashes
 * @returns the final source, and how many runs ended
 */
export function simulateSearch(
  start: string,
  loss: (source: string) => number | null,
  search: Search,
  { slots, length, sigma }: SlotsSession,
  random: Random,
): { source: string; runs: number } {
  const measure = (source: string) => {
    const value = loss(source)
    return value === null ? null : value + sigma * random.normal()
  }
  const first = measure(start)
  if (first === null) throw new RangeError('The start must not crash.')
  let head: Head = { source: start, value: first }
  let [now, runs, number] = [1, 1, 0]
  const past: PastExperiment[] = []
  const tried = new Set([start])
  let running: Candidate[] = []
  const end = () => now + 0.9 + 0.2 * random.uniform()
  const propose = (): Candidate | null => {
    const changes = search(head.source, past, other => tried.has(other))
    if (changes === null) return null
    const source = apply(head.source, changes)
    tried.add(source)
    number++
    return { number, changes, source, parent: head, endsAt: end() }
  }
  for (;;) {
    while (running.length < slots) {
      const next = propose()
      if (next === null) break
      running.push(next)
    }
    const [next] = running.sort((a, b) => a.endsAt - b.endsAt)
    if (next === undefined || next.endsAt > length) return { source: head.source, runs }
    running = running.slice(1)
    now = next.endsAt
    runs++
    const value = measure(next.source)
    const decision = value === null ? null : verdictOf(value, next, head, sigma)
    const status = decision === null ? 'crash' : decision.verdict === 'keep' ? 'keep' : 'discard'
    const patch = patchOf(next.parent.source, next.source)
    if (status === 'keep' && value !== null && next.parent !== head) {
      const rebased = rebase(next, head)
      if (rebased !== null && !tried.has(rebased)) {
        tried.add(rebased)
        running.push({ ...next, source: rebased, parent: head, endsAt: end() })
        continue
      }
      // A conflict; the tuner still learns from what was measured.
      past.push({ number: next.number, status: 'discard', gain: decision?.gain ?? null, patch })
      continue
    }
    past.push({ number: next.number, status, gain: decision?.gain ?? null, patch })
    if (status === 'keep' && value !== null) head = { source: next.source, value }
  }
}

const verdictOf = (value: number, { changes, parent }: Candidate, head: Head, sigma: number) =>
  decide({
    goal: 'minimize',
    candidate: [value],
    head: parent.value,
    best: Math.min(head.value, parent.value),
    sigma,
    linesAdded: changes.length,
    linesRemoved: changes.length,
    policy: { lineCost: 0.1, repeat: 'never' },
  })

/** null: a line that it changes was changed meanwhile. */
function rebase({ changes, parent }: Candidate, head: Head): string | null {
  const [before, now] = [parent.source, head.source].map(valuesIn) as [Map<string, string>, Map<string, string>]
  return changes.every(({ name }) => before.get(name) === now.get(name)) ? apply(head.source, changes) : null
}

const valuesIn = (source: string): Map<string, string> =>
  new Map(constantsIn(source).map(({ name, raw }) => [name, raw]))
