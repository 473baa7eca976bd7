import { expect, test } from 'vitest'
import { checkPaired } from '../../../bench/judge/paired.ts'
import { defaults, simulateSession } from '../../../bench/judge/session.ts'
import { createRandom } from '../../../scripts/stats/random.ts'

test('simulated pairs are made as the loop makes them: candidate, head, head, candidate, until decided', () => {
  const { experiments, noise } = simulateSession(createRandom(3), {
    ...defaults,
    experiments: 12,
    slots: 3,
    draw: r => ({ effect: r.normal(), linesAdded: 1, linesRemoved: 1 }),
    pairs: 4,
  })
  for (const e of experiments.slice(1)) {
    const made = e.runs.filter(run => run.purpose !== 'drift').map(({ purpose, seed }) => `${purpose} ${seed}`)
    const rounds = [
      'candidate 1',
      'opponent 1',
      'opponent 2',
      'repeat 2',
      'repeat 3',
      'opponent 3',
      'opponent 4',
      'repeat 4',
    ]
    expect(made).toEqual(rounds.slice(0, made.length))
    expect(e.decision?.pairs?.count).toBe(made.length / 2)
    for (const run of e.runs.filter(run => run.purpose === 'opponent')) expect(run.commit).toBe(e.parent?.commit)
  }
  expect(noise?.df).toBeGreaterThanOrEqual(12)
})

test('on machines that drift, have outliers or two speeds, labels of paired sessions hold', () => {
  const rows = checkPaired(0.005, createRandom(2))
  const pooled = rows.filter(row => row.measured.includes('all machines') && row.asked !== null)
  expect(pooled).toHaveLength(3)
  for (const { asked, value, error, measured } of pooled) {
    const excess = asked?.at === 'most' ? value - asked.limit : (asked?.limit ?? 1) - value
    expect(excess, measured).toBeLessThan(3 * (error ?? 0))
  }
})
