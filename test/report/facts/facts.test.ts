import { expect, test } from 'vitest'
import { digest } from '../../../scripts/analysis/digest.ts'
import { facts } from '../../../scripts/report/facts/facts.ts'
import { buildExperiment, buildSession, exampleSession } from '../../helpers/exampleRecords.ts'

const example = () => {
  const { session, experiments, patches } = exampleSession()
  return facts(digest(session, experiments, patches))
}

test.each([
  ['headline.gain', '−0.1340 ± 0.0065', [0, 8]],
  ['headline.holdout.gain', '−0.1200 ± 0.0076', [0, 8]],
  ['headline.seeds', '2 seeds', [0, 8]],
  ['bestSingle.gain', '−0.1400', [0, 4]],
  ['noise.sigma', '0.0023 (95% interval 0.0014 to 0.0067)', []],
  ['session.tried', '8 experiments', []],
  ['session.hours', '3 min 20 s', []],
  ['kept.1.share', '86%', [1]],
  ['kept.4.pReal', '>99%', [4]],
  ['exp.2.gain', '+0.2000', [2]],
  ['knob.LEARNING_RATE.best', '1.2e-2', [1]],
  ['theme.optimizer.gain', '−0.1200', [1, 7]],
  ['config.WARMDOWN.head', '0.4', []],
])('%s is printed as %s, with its rows', (id, text, from) => {
  expect(example().get(id)).toMatchObject({ id, text, from })
})

test('ids are valid in a directive and unique', () => {
  const ids = [...example().keys()]
  expect(ids.filter(id => !/^[a-z]\w*(\.[\w.-]+)*$/i.test(id))).toEqual([])
  expect([...example()].filter(([id, fact]) => id !== fact.id || fact.text === '')).toEqual([])
})

test('only facts from runs on unused seeds are confirmed', () => {
  const sure = [...example().values()].filter(fact => fact.confirmed).map(fact => fact.id)
  expect(sure).toEqual(['headline.gain', 'headline.holdout.gain'])
})

test('unknown values are not facts', () => {
  const baseline = buildExperiment(0, { status: 'keep', metric: 2.4 })
  const keep = buildExperiment(1, { status: 'keep', metric: 2.3, gain: 0.1 })
  const known = facts(digest(buildSession(), [baseline, keep], new Map()))
  for (const id of ['headline.gain', 'headline.gap', 'noise.sigma', 'kept.1.pReal', 'session.cost', 'holdout.warning'])
    expect(known.has(id), id).toBe(false)
  expect(known.get('headline.verdict')?.text).toBe('unconfirmed')
  expect(known.get('noise.assumed.basis')?.text).toContain('an assumption')
})

test('a session without measurements has facts too', () => {
  expect(facts(digest(buildSession(), [], new Map())).get('session.tried')?.text).toBe('0 experiments')
})
