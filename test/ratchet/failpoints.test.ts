import { expect, test } from 'vitest'
import { nightshift } from '../throwaway.ts'
import { args, checkWhole, finish, target } from './faults.ts'

async function killedAt(failpoint: string): Promise<void> {
  const root = await target()
  const killed = await nightshift(root, 'session', args, { NIGHTSHIFT_FAILPOINT: failpoint })
  expect(killed.signal, `${failpoint}: ${killed.stderr}`).toBe('SIGKILL')
  await finish(root)
  await checkWhole(root)
}

// The n-th event of its kind in the night above. "after" one is "before" the next; "inside" leaves half a line.
const points = [
  ...['before started:1', 'after started:1', 'inside started:1', 'after environment:1'],
  ...[1, 2, 3, 4, 5, 6].map(n => `after run-started:${n}`),
  ...[1, 2, 4, 5, 7].map(n => `after run-finished:${n}`),
  ...[1, 3].map(n => `inside run-finished:${n}`),
  ...['after candidate:1', 'inside candidate:2', 'before candidate:3', 'after noise:1', 'inside run-started:2'],
  ...['before judged:1', 'inside judged:2', 'after judged:2', 'after judged:4', 'before stopped:1', 'after stopped:1'],
  ...[
    'ref written:1',
    'job written:2',
    'runner started:2',
    'run ended:2',
    'judged:2',
    'branch moved:2',
    'tables written:3',
  ],
]

test.each(points)('killed %s, a resumed night is whole', { timeout: 60_000 }, killedAt)
