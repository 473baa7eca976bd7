/** Sentences on the evidence for a verdict, and the links to an experiment's neighbours. */
import { expect, test } from 'vitest'
import { digest } from '../../../scripts/analysis/digest.ts'
import { decisionSentences, otherSessions } from '../../../site/data/experiment/evidence.ts'
import { neighboursOf } from '../../../site/data/experiment/neighbours.ts'
import { type View, view } from '../../../site/data/view.ts'
import { simulate } from '../../helpers/exampleSessions.ts'

const { session, experiments } = simulate({ id: '2026-11-20-h100-kqzt-real', experiments: 40 })
const facts = digest(session, experiments, new Map())
const make = (digestOf: Partial<typeof facts> = {}, list = experiments): View =>
  view({
    kind: 'session',
    id: session.id,
    folder: '',
    session,
    experiments: list,
    digest: { ...facts, ...digestOf },
    report: null,
    prose: null,
  })
const v = make()
const [kept] = facts.kept
if (!kept) throw new Error('nothing kept')
const of = (entry: View, number: number) => {
  const found = entry.experiments.find(e => e.number === number)
  if (!found) throw new Error(`no experiment ${number}`)
  return found
}

test('a kept change states the runs it is based on and P(real)', () => {
  const text = decisionSentences(v, of(v, kept.experiment)).join(' ')
  expect(text).toMatch(/^It rests on one run against one of the best so far, experiment \d+\. /)
  expect(text).toMatch(
    /It is \d+% of the summed gains of the session; the probability that its gain is above zero, P\(real\), is >?\d+%\. Its label is “(too few runs|likely|unproven|confirmed)”: ./,
  )
  expect(decisionSentences(v, of(v, 0))).toEqual([])
})

test('reruns, near misses and contradicted descriptions are mentioned', () => {
  const rerun = {
    gain: 0.001,
    interval: [0.0005, 0.0015] as [number, number],
    baseline: 0.99,
    head: 0.989,
    seeds: 3,
    plannedRuns: 0,
    looks: 1,
    spread: null,
    verdict: 'better' as const,
  }
  const again = make({
    kept: facts.kept.map(k =>
      k === kept ? { ...k, rerun, ablation: { ...rerun, verdict: 'inconclusive' as const } } : k,
    ),
    warnings: [{ experiment: kept.experiment, claim: 'dim ~512', found: 'model_dim is 640 by the source' }],
  })
  const text = decisionSentences(again, of(again, kept.experiment)).join(' ')
  expect(text).toContain(
    'Run again against the tree it was made on: −0.00100 ± 0.00050 (three new seeds each): it helps.',
  )
  expect(text).toContain(
    'The head with it against the head without it: −0.00100 ± 0.00050 (three new seeds each): inconclusive.',
  )
  expect(text).toContain('Its description says “dim ~512”, but model_dim is 640 by the source.')
  const discarded = facts.deadEnds.at(-1)
  if (!discarded) throw new Error('nothing discarded')
  const { experiment, description, delta: gain } = discarded
  const near = make({
    near: { misses: [{ experiment, description, gain, shortfall: -gain, tries: 1 }], combinations: [] },
  })
  expect(decisionSentences(near, of(near, experiment)).join(' ')).toContain('luck alone may have discarded it')
})

test('the threshold for added or removed lines is stated', () => {
  const weighed = (linesAdded: number, needed: number) => {
    const list = experiments.map(e =>
      e.number === kept.experiment && e.decision
        ? { ...e, decision: { ...e.decision, linesAdded, linesRemoved: 2, needed } }
        : e,
    )
    const entry = make({}, list)
    return decisionSentences(entry, of(entry, kept.experiment)).join(' ')
  }
  expect(weighed(5, 0.00015)).toContain('Its three more lines asked for −0.00015 at least.')
  expect(weighed(1, -0.00005)).toContain('As it has one line less, up to +0.00005 would have been accepted.')
})

test('findings of other sessions link to them, also of sessions that came after the report', () => {
  const other = simulate({ id: '2026-11-22-cpu-abcd-later', experiments: 40, baseline: session.budget ? 2 : 1 })
  const own = facts.trials.find(t => t.experiment === kept.experiment)
  if (!own) throw new Error('no trial')
  const third = {
    ...own,
    experiment: 3,
    gain: 0.001,
    effect: null,
    description: 'other words',
    change: 'c1',
    tree: null,
  }
  const there = view({
    kind: 'session',
    id: other.session.id,
    folder: '',
    ...other,
    digest: { ...facts, session: other.session.id, machine: 'cpu-abcd', trials: [third], knobs: [] },
    report: null,
    prose: null,
  })
  const trials = facts.trials.map(t => (t === own ? { ...t, change: 'c1' } : t))
  const entry = make({ trials, replication: [] })
  const found = otherSessions(entry, of(entry, kept.experiment), [entry, there])
  expect(found).toEqual([
    {
      href: `sessions/${other.session.id}/0003.html`,
      session: 'cpu-abcd, experiment 3',
      what: 'The same change: −0.0010, shows nothing.',
    },
  ])
  expect(otherSessions(entry, of(entry, kept.experiment), [entry])).toEqual([])
  expect(otherSessions(v, of(v, 0), [v, there])).toBeNull()
})

test('an experiment links to its neighbours in time, on the branch and by theme', () => {
  const [time, branch, theme] = neighboursOf(v, of(v, 20), [v])
  expect([time?.before?.href, time?.after?.href]).toEqual([
    `sessions/${session.id}/0019.html`,
    `sessions/${session.id}/0021.html`,
  ])
  const keeps = facts.kept.map(k => k.experiment)
  const before = Math.max(0, ...keeps.filter(n => n < 20))
  expect(branch?.before?.text).toMatch(new RegExp(`^${before}, `))
  expect(theme?.href).toMatch(/#theme-\w+$/)
})
