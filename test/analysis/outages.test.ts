import { expect, test } from 'vitest'
import { outageText, totalOutage, totalOutageText } from '../../scripts/analysis/outages.ts'

const outage = { use: 'claude', kind: 'rate-limit', startedAt: '2026-11-20T22:10:00Z', endedAt: null, experiments: 0 }
const over = { ...outage, endedAt: '2026-11-20T23:40:00Z', experiments: 4 }

test('an outage is told with its error, times, length and who proposed meanwhile', () => {
  expect(outageText(over)).toBe(
    'claude was out (rate-limit) from 22:10 to 23:40 UTC, 1 h 30 min; 4 experiments came from others meanwhile',
  )
  expect(outageText({ ...over, endedAt: '2026-11-21T00:10:00Z', experiments: 0 })).toBe(
    'claude was out (rate-limit) from 20 Nov, 22:10 to 21 Nov, 00:10 UTC, 2 h 00 min',
  )
})

test('an outage without an end goes on while the session runs, and else lasted to the end of the records', () => {
  expect(outageText(outage, new Date('2026-11-20T22:15:00Z'))).toBe(
    'claude has been out (rate-limit) since 22:10 UTC, 5 min 00 s',
  )
  expect(outageText(outage)).toBe('claude was out (rate-limit) from 22:10 UTC to the end of the records')
})

test('outages are counted with their time in total', () => {
  expect(totalOutageText(totalOutage([over], null))).toBe('1 outage of an agent, 1 h 30 min')
  expect(totalOutageText(totalOutage([over, outage], '2026-11-20T22:20:00Z'))).toBe(
    '2 outages of agents, 1 h 40 min in total',
  )
})
