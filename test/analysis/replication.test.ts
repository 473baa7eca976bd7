/** What a replication found, as facts and in words, in its own session and in the original's. */
import { expect, test } from 'vitest'
import { summarizeSession } from '../../scripts/agents/prompt/otherSessions.ts'
import { verdictWord } from '../../scripts/analysis/replicated.ts'
import type { ReplicationFacts } from '../../scripts/analysis/replication/facts.ts'
import { whatText } from '../../scripts/analysis/replication/words.ts'
import { resultSentences } from '../../scripts/analysis/result/sentences.ts'
import { replication as compared } from '../../scripts/compare/changes/replication.ts'
import { sideOf } from '../../scripts/compare/side.ts'
import type { Experiment, Session } from '../../scripts/record/schema.ts'
import { markdown } from '../../scripts/report/markdown.ts'
import { exampleSession } from '../helpers/exampleRecords.ts'
import { replicated, replicatedDigests, replicationSession } from '../helpers/replicationSession.ts'

const built = replicationSession()
const { original, replication } = replicatedDigests(built)
const own = exampleSession()

test('a replication leads with the gain here and there, and with the conditions that differ', () => {
  const { title, line, verdict, counts } = resultSentences(replication)
  expect(title).toBe('Confirmed here: val_bpb 3.1000 → 2.9700, 4.2% lower')
  expect(line).toMatch(/^replication of 2026-11-20-cpu-abcd-nov20: .* confirmed here on 3 new seeds$/)
  expect(verdict).toContain('(found on H200) on RTX 4090: 2 of 3 changes together, val_bpb −0.1300 ±')
  expect(verdict).toContain('There its final, which is not exactly these changes: −0.1340 ± 0.0060.')
  expect(counts).toContain('3 s of training a run instead of 6 s and DEPTH 2 → 4')
  expect(counts).toContain('1 change did not apply and is not in what was run: experiment 8.')
})

test('its report has a row a change, and says nothing of a search', () => {
  const text = markdown({ digest: replication, ...built, source: new Map() })
  expect(text).toContain('| “LEARNING_RATE 3e-3 → 1.2e-2” (experiment 1) by itself | confirmed here | −0.1267 ±')
  expect(text).toContain('| “WARMDOWN 0.1 → 0.4” (experiment 4) by itself | not confirmed here | +0.0003 ±')
  expect(text).toContain('A gain there without an interval is of the runs that chose the change')
  expect(text).toContain('did not apply. Does not apply to the files here: trainer/train.py.')
  expect(text).not.toMatch(/P\(real\)|Selection alone|best single run|What was kept|frontier|Proposals|tuner/)
})

test('the original’s report names what replications found, and no change that did not apply counts as tried', () => {
  const text = markdown({ digest: original, ...own, source: new Map() })
  const section = text.split('## In other sessions')[1]?.split('\n## ')[0] ?? ''
  expect(section).toContain(
    'replicated on RTX 4090, 2 of 3 changes together: confirmed, −0.1300 ± 0.0061 (95% interval)',
  )
  expect(section).toMatch(/\| 0004 \| WARMDOWN 0.1 → 0.4 \| RTX 4090, .* \| not confirmed \|/)
  const tried = original.replication.find(r => r.experiment === 8)
  expect(tried?.found).toEqual([])
})

test('a line of the terminal says what was found instead of kept and discarded, and reasons count a later confirm', () => {
  const { session, experiments } = built
  const words = experiments.map(e => verdictWord(session, experiments, e))
  expect(words).toEqual(expect.arrayContaining(['ran', 'confirmed', 'not confirmed', 'did not apply']))
  expect(words).not.toContain('keep')
  const reasons = replication.replicationOf?.changes.map(({ reason }) => reason)
  expect(reasons?.[0]).toMatch(/^Confirmed here: val_bpb −0\.1300 ± .*, 3 seeds each\)\.$/)
})

test('what the original inherited is named so', () => {
  const facts = replication.replicationOf as ReplicationFacts
  expect(whatText({ of: [0], isStack: false }, facts)).toBe('what it inherited, by itself')
})

const sidesOf = (over: Partial<Session> = {}, experiments?: Experiment[]) => {
  const other = replicationSession(over, experiments)
  const { original: digest, replication: theirs } = replicatedDigests(other)
  return [sideOf({ ...own, digest }), sideOf({ ...other, digest: theirs })]
}

test('in a comparison each change stands beside its original by construction, and a replication has no search', () => {
  const [, side] = sidesOf()
  const { replication: rows } = compared(sidesOf())
  const rate = rows.find(row => row.cells.some(cell => cell.tries.some(t => t.experiment === 1)))
  expect(rate?.cells.map(cell => cell.tries.map(t => [t.experiment, t.outcome]))).toEqual([
    [[1, null]],
    [[2, 'confirmed']],
  ])
  const lone = rows.find(row => row.cells.some(cell => cell.tries.some(t => t.outcome === 'did not apply')))
  expect(lone).toMatchObject({ label: 'tried once', way: null })
  expect(lone?.why).toMatch(/^Only .+ tried it; where it was to be replicated it did not apply\.$/)
  expect(side).toMatchObject({ kept: null, bestSingleRun: null, frontier: [], prose: [], agent: null })
})

test('all changes together stand beside the confirmed final, where they are exactly that', () => {
  const { replication: taken } = replicationSession().session
  if (taken === undefined) throw new Error('no replication')
  const whole = sidesOf({ replication: { ...taken, isFinal: true } })
  const row = compared(whole).replication.find(({ by }) => by === 'replication')
  expect(row?.cells.map(({ gain }) => gain?.toFixed(4))).toEqual(['0.0554', '0.0419'])
  expect(row).toMatchObject({ label: 'replicated', way: 'better' })
  expect(compared(sidesOf()).replication.some(({ by }) => by === 'replication')).toBe(false)
})

test('a loss is the opposite, a failed or unfinished one says so', () => {
  const [baseline] = built.experiments
  const of = (experiment: Experiment[], over: Partial<Session> = {}) =>
    resultSentences(replicatedDigests(replicationSession(over, [baseline as Experiment, ...experiment])).replication)
  expect(of([replicated(1, [1, 4], [3.2, 3.21, 3.19])]).title).toMatch(/^The opposite here: .* higher$/)
  expect(of([replicated(1, [1, 4], [null, null, null], { status: 'crash' })]).title).toBe('Failed')
  expect(of([], { stop: { kind: 'interrupted', detail: 'Ctrl-C' } }).title).toBe('Not finished')
  expect(of([], { stop: null, endedAt: null }).line).toMatch(/: running$/)
})

test('a prompt gets what a replication found, and none of its own verdicts as kept', () => {
  const summary = summarizeSession(built.session, built.experiments, built.patches, [], replication)
  expect(summary).toMatchObject({ kept: [], confirmed: null, replicationOf: own.session.id })
  expect(summary.replicated.map(({ of, outcome }) => [of, outcome])).toEqual([
    [[1, 4], 'confirmed'],
    [[1], 'confirmed'],
    [[4], 'not confirmed'],
    [[8], 'did not apply'],
  ])
})
