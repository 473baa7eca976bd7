import { describe, expect, test } from 'vitest'
import { readLedger } from '../../../scripts/collect/table/ledger.ts'
import { orderRows } from '../../../scripts/collect/table/order.ts'
import { rowWarnings } from '../../../scripts/collect/warnings.ts'

type Line = [value: number | string, status: string, description: string]

const ledgerOf = (lines: Line[], oneSession = false) => {
  const text = lines.map(([value, status, description]) => `${value}\t${status}\t${description}`).join('\n')
  return readLedger(Buffer.from(`val_bpb\tstatus\tdescription\n${text}\n`), 'x.tsv', {
    goal: 'minimize',
    metric: null,
    columns: {},
    statuses: new Map(),
    oneSession,
  })
}
const values = (lines: Line[], oneSession = false) =>
  ledgerOf(lines, oneSession).sessions.map(rows => rows.map(row => row.metric))
const gains = (lines: Line[], oneSession = false) => {
  const ledger = ledgerOf(lines, oneSession)
  return ledger.sessions.map(rows =>
    orderRows({ ...ledger, rows }).rows.map(row => row.gain && Number(row.gain.toFixed(4))),
  )
}

const second: Line[] = [
  [2.6, 'keep', 'baseline'],
  [2.5, 'keep', 'smaller batch'],
  [1.8, 'keep', 'baseline (this machine)'],
  [1.7, 'keep', 'smaller batch'],
]

describe('a further row that calls itself a baseline', () => {
  test('begins another session, and is no gain', () => {
    expect(values(second)).toEqual([
      [2.6, 2.5],
      [1.8, 1.7],
    ])
    expect(gains(second)).toEqual([
      [null, 0.1],
      [null, 0.1],
    ])
  })

  test('may do so by its status word; in each session it is the baseline', () => {
    const lines: Line[] = [
      [1.2, 'baseline', 'first'],
      [1.1, 'keep', 'x'],
      [1.5, 'baseline', 'H100 run'],
      [1.4, 'keep', 'y'],
      [1.6, 'discard', 'z'],
    ]
    const { sessions } = ledgerOf(lines)
    expect(sessions.map(rows => rows.map(row => row.as))).toEqual([
      ['keep', 'keep'],
      ['keep', 'keep', 'discard'],
    ])
  })

  test('is a repeat where the rows after it go on from the best before it', () => {
    const lines: Line[] = [
      [1.2, 'keep', 'baseline'],
      [1.0, 'keep', 'x'],
      [1.19, 'baseline', 'baseline again'],
      [0.98, 'keep', 'y'],
    ]
    expect(values(lines)).toEqual([[1.2, 1, 1.19, 0.98]])
    expect(ledgerOf(lines).sessions[0]?.map(row => row.as)).toEqual(['keep', 'keep', 'discard', 'keep'])
    expect(gains(lines)).toEqual([[null, 0.2, -0.19, 0.02]])
  })

  test('is the baseline itself among the first rows: no gain is claimed between baselines', () => {
    const lines: Line[] = [
      [1.2, 'keep', 'baseline, seed 1'],
      [1.1, 'keep', 'baseline, seed 2'],
      [1.15, 'keep', 'baseline, seed 3'],
      [1.05, 'keep', 'x'],
    ]
    expect(values(lines)).toHaveLength(1)
    const { rows, notes } = orderRows(ledgerOf(lines))
    expect(rows.map(row => row.metric)).toEqual([1.1, 1.2, 1.15, 1.05])
    expect(rows.at(-1)).toMatchObject({ parent: 0 })
    expect(notes.map(({ text }) => text)).toEqual([
      '3 rows call themselves a baseline: the best of the first ones, in line 3, is taken, so that no gain is claimed among them.',
    ])
  })

  test('begins no session of its own where nothing was kept before it: then it is the baseline', () => {
    const lines: Line[] = [
      [1.3, '', 'warm-up'],
      [1.2, 'ok', 'baseline'],
      [1.1, 'ok', 'x'],
    ]
    expect(values(lines)).toHaveLength(1)
    expect(orderRows(ledgerOf(lines)).rows.map(row => row.metric)).toEqual([1.2, 1.3, 1.1])
  })

  test('is a row like others with --one-session, and a doubt', () => {
    expect(values(second, true)).toEqual([[2.6, 2.5, 1.8, 1.7]])
    const ledger = ledgerOf(second, true)
    expect(rowWarnings(orderRows(ledger).rows, 'val_bpb').map(({ text }) => text)).toEqual([
      '0002 calls itself a baseline: what it has over the rows before may be no gain of a change.',
    ])
  })

  test.each([
    ['baseline + dropout'],
    ['baseline with a larger batch'],
    ['no baseline'],
    ['baselines averaged'],
    ['a better baseline model'],
  ])('“%s” names a change', description => {
    const lines: Line[] = [
      [2.6, 'keep', 'baseline'],
      [2.5, 'keep', 'x'],
      [1.8, 'keep', description],
    ]
    expect(values(lines)).toEqual([[2.6, 2.5, 1.8]])
  })
})

describe('the best before', () => {
  const lines: Line[] = [
    [1.2, 'keep', 'baseline'],
    [1.0, 'keep', 'smaller rate'],
    [1.15, 'keep', 'simpler code, kept though worse'],
    [1.1, 'discard', 'longer warmup'],
    [1.0, 'keep', 'the same'],
    ['-', 'keep', 'kept by eye'],
    [0.9, 'discard', 'forgotten'],
  ]

  test('is the kept row with the best value, not the last one, nor one without a value', () => {
    const { rows } = orderRows(ledgerOf(lines))
    expect(rows.map(row => row.parent)).toEqual([null, 0, 1, 1, 1, 4, 4])
    expect(gains(lines)).toEqual([[null, 0.2, -0.15, -0.1, 0, null, 0.1]])
  })

  test('is what warnings are about', () => {
    const { rows } = orderRows(ledgerOf(lines))
    expect(rowWarnings(rows, 'val_bpb').map(({ text }) => text)).toEqual([
      '0002 was kept though val_bpb was worse than the best before.',
      '0004 was kept though val_bpb was no better than the best before, but the same.',
      '0005 was kept without a value of val_bpb: it is not the best, and nothing is compared with it.',
      '0006 was discarded though val_bpb was better than the best before.',
    ])
  })
})
