import { expect, test } from 'vitest'
import { type Measured, nodeSpeeds } from '../../scripts/analysis/nodeSpeed.ts'
import { relativeSpeedText, throughputText } from '../../scripts/analysis/nodeSpeedWords.ts'

const a100 = 'NVIDIA A100-SXM4-80GB'
const nodes = [
  ...['n1', 'n2', 'n3'].map(node => ({ node, gpus: [a100] })),
  { node: 'other', gpus: ['NVIDIA H100 80GB HBM3'] },
]
const run = (node: string, commit: string, tokens: number, steps = 100): Measured['runs'][number] => ({
  node,
  commit,
  outcome: 'ok',
  summary: { training_seconds: 10, total_tokens_M: tokens, num_steps: steps },
})
const experiment = (commit: string, parent: string | null, ...runs: Measured['runs']): Measured => ({
  commit,
  parent: parent === null ? null : { commit: parent },
  runs,
})
const base = experiment('c0', null, run('n1', 'c0', 10), run('n2', 'c0', 10.2))

test('compares a node by the same code elsewhere on its class, and gives the number of runs', () => {
  const speeds = nodeSpeeds(nodes, [
    base,
    experiment('c1', 'c0', run('n3', 'c1', 5)),
    experiment('c2', 'c0', run('n3', 'c0', 9.9)),
  ])
  expect(speeds.get('n1')).toMatchObject({ unit: 'tokens', runs: 1, sameCode: 1, finding: null })
  expect(speeds.get('n1')?.perSecond).toBeCloseTo(1e6)
  expect(speeds.get('n3')?.relative).toMatchObject({ runs: 1, sameCode: true, interval: null })
  expect(speeds.get('n3')?.relative?.value).toBeCloseTo(9.9 / 10, 2)
  expect(relativeSpeedText({ relative: speeds.get('n3')?.relative ?? null })).toBe('99%, 1 run of the same code')
  expect(throughputText({ unit: 'tokens', perSecond: 1.71e6 })).toBe('1.7 M tokens/s')
  // The only one of its class.
  expect(nodeSpeeds(nodes, [base, experiment('c1', 'c0', run('other', 'c0', 30))]).get('other')?.relative).toBeNull()
})

test('three slow candidates make a node suspected, and only code that ran elsewhere too makes it slow', () => {
  const slow = ['c1', 'c2', 'c3'].map(commit => experiment(commit, 'c0', run('n3', commit, 4)))
  expect(nodeSpeeds(nodes, [base, ...slow.slice(0, 2)]).get('n3')?.finding).toBeNull()
  expect(nodeSpeeds(nodes, [base, ...slow]).get('n3')?.finding).toBe('suspected')
  const settled = (tokens: number) =>
    nodeSpeeds(nodes, [{ ...base, runs: [...base.runs, run('n3', 'c0', tokens)] }, ...slow]).get('n3')?.finding
  expect(settled(4)).toBe('slow')
  // The candidates were slow, the node is not.
  expect(settled(9)).toBeNull()
})

test('one disturbed run of the same code condemns no node, and a slow node is not the measure of the others', () => {
  const fine = ['c1', 'c2'].map(commit => experiment(commit, 'c0', run('n3', commit, 9)))
  expect(
    nodeSpeeds(nodes, [{ ...base, runs: [...base.runs, run('n3', 'c0', 2)] }, ...fine]).get('n3')?.finding,
  ).toBeNull()
  const all = experiment(
    'c0',
    null,
    ...['n1', 'n2', 'n3', 'n3', 'n3'].map(node => run(node, 'c0', node === 'n3' ? 3 : 10)),
  )
  const speeds = nodeSpeeds(nodes, [all])
  expect(speeds.get('n3')?.finding).toBe('slow')
  expect(speeds.get('n1')?.finding).toBeNull()
})

test('counts steps where runs print too few tokens, and says nothing where they print neither', () => {
  const steps = nodeSpeeds(nodes, [experiment('c0', null, run('n1', 'c0', 0.2, 50))])
  expect(steps.get('n1')).toMatchObject({ unit: 'steps', perSecond: 5 })
  const bare = { ...run('n1', 'c0', 1), summary: { training_seconds: 10, loss: 2 } }
  expect(nodeSpeeds(nodes, [experiment('c0', null, bare)]).size).toBe(0)
})
