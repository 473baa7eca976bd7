import { expect, test } from 'vitest'
import { agentCost, costsOf, costTexts, gpuCost, gpuCostSentence } from '../../scripts/analysis/cost.ts'
import type { Experiment, Session } from '../../scripts/record/schema.ts'
import { initialState } from '../../scripts/record/state.ts'
import { costSentence } from '../../scripts/report/sections/session.ts'

const session = (more: object) =>
  ({
    contract: { gpuUsdHour: 2.5 },
    endedAt: '2026-11-21T22:00:00.000Z',
    active: [{ from: '2026-11-21T20:00:00.000Z', to: '2026-11-21T22:00:00.000Z', devices: 2 }],
    ...more,
  }) as unknown as Session

const confirmedAt = (startedAt: string) =>
  [{ runs: [{ purpose: 'confirm', startedAt, seconds: 360 }] }] as unknown as Experiment[]

test('GPUs cost as long as the session runs, each of them; a run made by hand afterwards adds its own time', () => {
  expect(gpuCost(session({}), [])).toEqual({ usd: 10, deviceHours: 4, usdPerHour: 2.5 })
  expect(gpuCost(session({}), confirmedAt('2026-11-21T21:50:00.000Z'))?.usd).toBe(10)
  expect(gpuCost(session({}), confirmedAt('2026-11-22T08:00:00.000Z'))?.usd).toBeCloseTo(10.25)
})

test('with an engine each GPU of each slot is counted, as if none had waited', () => {
  const slurm = { use: 'slurm', gres: null }
  const contract = { gpuUsdHour: 2, engine: slurm, resources: { gpus: 8, nodes: 2 }, slots: 3 }
  const started = initialState({ contract, machine: { gpus: 0 }, startedAt: '2026-11-21T20:00:00.000Z' } as never)
  expect(started.session.active?.[0]?.devices).toBe(48)
  const recorded = session({ contract, engine: slurm, active: [{ ...started.session.active?.[0], to: null }] })
  const cost = gpuCost(recorded, [])
  expect(cost).toEqual({ usd: 192, deviceHours: 96, usdPerHour: 2, atMost: true })
  expect(gpuCostSentence(cost ?? expect.fail())).toBe(
    'GPUs cost at most $192.00: 96.0 GPU-hours at $2, as if no slot had waited for its GPUs.',
  )
  // A run that was made by hand after the end has the GPUs of one slot.
  const ended = session({ contract, engine: slurm, active: [] })
  expect(gpuCost(ended, confirmedAt('2026-11-22T08:00:00.000Z'))?.deviceHours).toBeCloseTo(1.6)
  const hosts = [
    { host: 'a', gpus: 4 },
    { host: 'b', gpus: 2 },
  ]
  const ssh = { contract: { engine: { use: 'ssh', hosts }, resources: null, slots: 'auto' }, machine: { gpus: 0 } }
  expect(initialState({ ...ssh, startedAt: '' } as never).session.active?.[0]?.devices).toBe(6)
})

test('without a price, times or an end the cost of GPUs is not known', () => {
  expect(gpuCost(session({ contract: {} }), [])).toBeNull()
  expect(gpuCost(session({ active: undefined }), [])).toBeNull()
  expect(gpuCost(session({ endedAt: null }), [])).toBeNull()
})

test('a report says apart what agents and GPUs cost', () => {
  const cost = gpuCost(session({}), [])
  expect(gpuCostSentence(cost ?? expect.fail())).toBe('GPUs cost $10.00: 4.00 GPU-hours at $2.5.')
  expect(costSentence({ tokens: 1200, costUsd: 1.5, gpuCost: cost })).toBe(
    'The agent used 1,200 tokens and $1.50. GPUs cost $10.00: 4.00 GPU-hours at $2.5.',
  )
  expect(costTexts(costsOf({ costUsd: null, gpuCost: cost }))).toEqual(['$10.00 for GPUs'])
})

test('what is not known of a cost is left out, and is not zero', () => {
  expect(agentCost([{ agent: { costUsd: null } }])).toBeNull()
  expect(agentCost([{ agent: { costUsd: null } }, { agent: { costUsd: 0.5 } }])).toBe(0.5)
  expect(costTexts({ agentUsd: 1.204, gpuUsd: null })).toEqual(['$1.20 for agents'])
  expect(costTexts({ agentUsd: null, gpuUsd: null })).toEqual([])
  expect(costTexts({ agentUsd: 0, gpuUsd: 19.999 })).toEqual(['$0.00 for agents', '$20.00 for GPUs'])
  // Of a short session: it cost something.
  expect(costTexts({ agentUsd: null, gpuUsd: 0.002 })).toEqual(['<$0.01 for GPUs'])
  expect(gpuCostSentence({ usd: 0.002, deviceHours: 0.00083, usdPerHour: 2.5 })).toBe(
    'GPUs cost <$0.01: 0.00083 GPU-hours at $2.5.',
  )
})
