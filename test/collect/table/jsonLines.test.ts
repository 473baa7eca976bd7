import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Ledger, type LedgerOptions, readLedger } from '../../../scripts/collect/table/ledger.ts'
import { orderRows } from '../../../scripts/collect/table/order.ts'

const nothing: LedgerOptions = { metric: null, columns: {}, goal: null, statuses: new Map() }
const readText = (text: string, wishes: Partial<LedgerOptions> = {}): Ledger =>
  readLedger(new TextEncoder().encode(text), 'autoresearch.jsonl', { ...nothing, ...wishes })
/** A line per value; text is written as it is. */
const read = (lines: unknown[], wishes: Partial<LedgerOptions> = {}): Ledger =>
  readText(lines.map(line => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''), wishes)
const failure = (lines: unknown[], wishes: Partial<LedgerOptions> = {}) => {
  try {
    read(lines, wishes)
  } catch (error) {
    return error as Error & { advice: string }
  }
  throw new Error('It was read.')
}
const values = (ledger: Ledger) => ledger.rows.map(({ line, metric, as }) => [line, metric, as])
const columns = (ledger: Ledger) =>
  Object.fromEntries(ledger.columns.flatMap(({ name, as }) => (as === null ? [] : [[as, name]])))
const note = (ledger: Ledger, code: string) => ledger.notes.find(found => found.code === code)

const config = (metricName: string, bestDirection = 'lower', metricUnit = '') => ({
  type: 'config',
  name: 'a target',
  metricName,
  metricUnit,
  bestDirection,
})
const run = (number: number, metric: number | null, status = 'keep', more: object = {}) => ({
  run: number,
  commit: `a1b2c3${number % 10}`,
  metric,
  metrics: {},
  status,
  description: `change ${number}`,
  timestamp: 1780021974000 + 60_000 * number,
  ...more,
})

describe("pi-autoresearch's session", () => {
  test('has metric, unit and direction from its configuration line, and its rows keep their lines', () => {
    const ledger = read([
      config('total_ms', 'lower', 'ms'),
      run(1, 40, 'keep', { metrics: { parse_ms: 25, allocations: 900 } }),
      run(2, 31, 'keep', { segment: 0, confidence: 2.5, iterationTokens: 90, asi: { hypothesis: 'a cache' } }),
      run(3, 0, 'crash'),
      run(3, 33, 'checks_failed'),
      run(4, 35, 'discard'),
    ])
    expect(ledger.metric).toEqual({
      name: 'total_ms',
      goal: 'minimize',
      unit: 'ms',
      why: 'Line 1 says so.',
      sure: true,
    })
    expect(values(ledger)).toEqual([
      [2, 40, 'keep'],
      [3, 31, 'keep'],
      [4, null, 'crash'],
      [5, null, 'crash'],
      [6, 35, 'discard'],
    ])
    expect(columns(ledger)).toEqual({
      commit: 'commit',
      metric: 'total_ms',
      status: 'status',
      description: 'description',
      time: 'timestamp',
    })
    expect(ledger.rows[0]?.cells).toEqual({ run: '1', 'metrics.parse_ms': '25', 'metrics.allocations': '900' })
    expect(ledger.rows[1]?.cells).toMatchObject({ confidence: '2.5', 'asi.hypothesis': 'a cache' })
    expect(ledger.table).toMatchObject({
      lines: 6,
      rows: 5,
      unread: [],
      aside: [{ what: 'configuration line', lines: [1] }],
    })
  })

  test.each([
    ['direction', { type: 'config', metric_name: 'rows', metric_unit: 'bytes', direction: 'higher' }],
    ['a nested object', { kind: 'init', config: { metric: 'rows', unit: 'bytes', direction: 'maximize' } }],
    ['an event', { event: 'init', metric_name: 'rows', metric_unit: 'bytes', direction: 'HIGHER is better' }],
  ])('may name metric and direction by other keys: %s', (_, line) => {
    expect(read([line, run(1, 10), run(2, 12)]).metric).toMatchObject({
      name: 'rows',
      goal: 'maximize',
      unit: 'bytes',
      sure: true,
    })
  })

  test('may have a kept run without a value, and runs whose commit is no hash', () => {
    const ledger = read([
      config('total_cpu'),
      run(1, 5),
      run(2, null, 'keep', { commit: 'HEAD' }),
      { run: 3, commit: 'none', status: 'discard', description: 'x' },
    ])
    expect(values(ledger)).toEqual([
      [2, 5, 'keep'],
      [3, null, 'keep'],
      [4, null, 'discard'],
    ])
    expect(orderRows(ledger).rows.map(({ commit }) => commit)).toEqual(['a1b2c31', null, null])
  })

  test('a kept value of exactly 0 is a value', () => {
    expect(values(read([config('open_gaps'), run(1, 12), run(2, 0)]))).toEqual([
      [2, 12, 'keep'],
      [3, 0, 'keep'],
    ])
  })

  test('events beside the runs are counted, and are no rows', () => {
    const hook = { type: 'hook', stage: 'before', exit_code: 0 }
    const ledger = read([config('bits'), run(1, 3), hook, run(2, 2), hook])
    expect(values(ledger).map(([line]) => line)).toEqual([2, 4])
    expect(ledger.table.aside).toEqual([
      { what: 'configuration line', lines: [1] },
      { what: 'of the kind “hook”, no runs', lines: [3, 5] },
    ])
  })

  test('a direction that is neither lower nor higher is said, and the name decides', () => {
    const ledger = read([config('val_loss', 'sideways'), run(1, 3), run(2, 2)])
    expect(ledger.metric.goal).toBe('minimize')
    expect(note(ledger, 'direction')?.text).toBe(
      'Line 1 gives “sideways” as direction, which is neither lower nor higher.',
    )
  })

  test('--metric may name another measurement of the runs, which the configuration says nothing of', () => {
    const more = (n: number) => ({ metrics: { accuracy: n } })
    const ledger = read([config('total_ms'), run(1, 40, 'keep', more(0.7)), run(2, 30, 'keep', more(0.9))], {
      metric: 'metrics.accuracy',
    })
    expect(ledger.metric).toMatchObject({ name: 'metrics.accuracy', goal: 'maximize', unit: null })
    expect(ledger.rows.map(({ metric }) => metric)).toEqual([0.7, 0.9])
  })
})

describe('segments', () => {
  const file = [
    config('total_bytes', 'lower', 'bytes'),
    run(1, 540, 'keep', { segment: 0 }),
    run(2, 530, 'keep', { segment: 0 }),
    run(3, 520, 'keep', { segment: 0 }),
    config('friction', 'lower', 'points'),
    run(4, 1, 'keep', { segment: 1 }),
    run(5, 0, 'keep', { segment: 1 }),
    config('friction', 'lower', 'points'),
  ]

  test('the one with the most runs is read; a note names the others and the flag', () => {
    const ledger = read(file)
    expect([ledger.metric.name, ledger.segment]).toEqual(['total_bytes', 0])
    expect(ledger.rows.map(({ line }) => line)).toEqual([2, 3, 4])
    expect(note(ledger, 'segments')?.text).toBe(
      'The file has 2 segments with runs, each with a baseline of its own. Segment 0 (total_bytes, lines 1 to 4, 3 runs) is read: It has the most runs. Not read: 1 (friction, lines 5 to 7, 2 runs). --segment N reads another.',
    )
    expect(ledger.table.aside).toEqual([
      { what: 'configuration lines', lines: [1, 5, 8] },
      { what: 'of other segments', lines: [6, 7] },
    ])
  })

  test('--segment and --metric choose another; one without runs is an error that names those with runs', () => {
    for (const wishes of [{ segment: 1 }, { metric: 'friction' }]) {
      const ledger = read(file, wishes)
      expect([ledger.metric.name, ledger.metric.unit, ledger.segment, ledger.rows.length]).toEqual([
        'friction',
        'points',
        1,
        2,
      ])
    }
    const { message, advice } = failure(file, { segment: 2 })
    expect(message).toBe('--segment 2: autoresearch.jsonl has no such segment with runs.')
    expect(advice).toBe('It has: 0 (total_bytes, lines 1 to 4, 3 runs); 1 (friction, lines 5 to 7, 2 runs).')
  })

  test('runs before the first configuration are a segment, and a run that names another one is noted', () => {
    const ledger = read([run(1, 13), config('hops', 'higher'), run(2, 8), run(3, 9, 'keep', { segment: 0 })])
    expect([ledger.segment, ledger.metric.name]).toEqual([1, 'hops'])
    expect(note(ledger, 'segments')?.text).toContain('Not read: 0 (lines 1 to 1, 1 run).')
    expect(note(ledger, 'segment-number')).toMatchObject({ lines: [4] })
  })
})

describe('other JSON lines', () => {
  test('are read as a table, nested objects by dots', () => {
    const ledger = read([
      { iteration: 0, val: { loss: 2.5, step: 10 }, kept: true, note: 'the start', seen: null },
      { iteration: 1, val: { loss: 2.25 }, kept: false, note: 'wider', list: [1, 2] },
    ])
    expect(ledger.metric).toMatchObject({ name: 'val.loss', goal: 'minimize' })
    expect(values(ledger)).toEqual([
      [1, 2.5, 'keep'],
      [2, 2.25, 'discard'],
    ])
    expect(ledger.rows[1]?.cells).toMatchObject({ iteration: '1', list: '[1,2]' })
  })

  test('where keys change from line to line, the column that most rows have is the status', () => {
    const ledger = read([
      ...Array.from({ length: 9 }, (_, i) => ({ bleu: 2 + i / 10, keep: i % 2 === 0, change: `change ${i}` })),
      { change: 'lost the connection', status: 'no_result' },
    ])
    expect(columns(ledger)).toMatchObject({ status: 'keep', description: 'change' })
    expect(ledger.rows.map(({ as }) => as)).toEqual([
      ...Array.from({ length: 9 }, (_, i) => (i % 2 === 0 ? 'keep' : 'discard')),
    ])
  })

  test('NaN and Infinity, as Python writes them, are no value, and stay in texts', () => {
    const ledger = read([
      '{"val_bpb": 0.98, "status": "keep", "description": "NaN \\"Infinity\\""}',
      '{"val_bpb": NaN, "status": "discard", "description": "x"}',
      '{"val_bpb": -Infinity, "status": "discard", "description": "y"}',
    ])
    expect(ledger.rows.map(({ metric, description }) => [metric, description])).toEqual([
      [0.98, 'NaN "Infinity"'],
      [null, 'x'],
      [null, 'y'],
    ])
  })

  test('a broken line is not read, with its number and the reason', () => {
    const good = { val_bpb: 0.98, status: 'keep', description: 'a' }
    const ledger = read([good, '{"val_bpb": 0.97, "sta', '', '[1]', good, `{"x":"${'y'.repeat(2 ** 18)}"}`])
    expect(values(ledger).map(([line]) => line)).toEqual([1, 5])
    expect(ledger.table.blank).toEqual([3])
    expect(ledger.table.unread.map(({ line, why }) => [line, why])).toEqual([
      [2, 'It is no valid JSON: it may be cut off, or edited by hand.'],
      [4, 'It is no JSON object: it does not begin with {.'],
      [6, 'It has 262152 characters; a line of JSON may have 262144.'],
    ])
  })

  test('a list of objects, on one line or several, and an object around it are read too', () => {
    const rows = [
      { val_bpb: 0.98, status: 'keep', description: 'a ] } "' },
      { val_bpb: 0.97, status: 'keep', description: 'b' },
    ]
    const pretty = readText(JSON.stringify(rows, null, 2))
    expect(values(pretty)).toEqual([
      [2, 0.98, 'keep'],
      [7, 0.97, 'keep'],
    ])
    expect(pretty.table.continued).toEqual([1, 3, 4, 5, 6, 8, 9, 10, 11, 12])
    const around = readText(JSON.stringify({ metric: 'val_bpb', direction: 'lower', tags: [1], experiments: rows }))
    expect(around.metric).toMatchObject({ name: 'val_bpb', why: 'Line 1 says so.' })
    for (const text of [JSON.stringify(rows), JSON.stringify({ experiments: rows })])
      expect(readText(text).rows.map(({ metric }) => metric)).toEqual([0.98, 0.97])
    const several = readText(rows.map(row => JSON.stringify(row, null, 1)).join('\n'))
    expect(values(several).map(([line]) => line)).toEqual([1, 6])
  })

  test('free notes with ever new keys stay one cell', () => {
    const ledger = read(
      Array.from({ length: 100 }, (_, i) => ({
        val_bpb: 1 - i / 1000,
        status: 'keep',
        description: `change ${i}`,
        asi: { [`idea_${i}`]: i },
      })),
    )
    expect(ledger.columns.map(({ name }) => name)).toEqual(['val_bpb', 'status', 'description', 'asi'])
    expect(ledger.rows[7]?.cells).toEqual({ asi: '{"idea_7":7}' })
  })
})

describe('a file that is no session says what is wrong', () => {
  test('with a configuration and no run', () => {
    const { message, advice } = failure([config('val_bpb')])
    expect(message).toBe('autoresearch.jsonl has a configuration in line 1 and no run.')
    expect(advice).toContain('one JSON object per run')
  })

  test('with objects that have no measurement', () => {
    const { message, advice } = failure(['', { name: 'a', kind: 'x' }, { name: 'b' }])
    expect(message).toBe(
      'autoresearch.jsonl, line 2: the object has the keys name, kind, and neither it nor any other run holds a number.',
    )
    expect(advice).toContain('{"metric":0.98,"status":"discard"}')
  })

  test('with broken lines only', () => {
    const { message, advice } = failure(['{"run": 1, "met', '{"run": 2'])
    expect(message).toBe(
      'autoresearch.jsonl, line 1: It is no valid JSON: it may be cut off, or edited by hand. It begins with {"run": 1, "met.',
    )
    expect(advice).toContain('one object per run')
  })

  test('a table that is no JSON has no segments', () => {
    expect(() => readText('commit\tval_bpb\tstatus\na1b2c3d\t0.9\tkeep\n', { segment: 1 })).toThrow(
      '--segment 1: autoresearch.jsonl is no JSON-lines session and has no segments.',
    )
  })
})

describe('hostile JSON', () => {
  test('keys and texts lose escapes, and no key reaches a prototype', () => {
    const evil = '\u001b[31mred\u001b[0m\u202e'
    const ledger = read([
      `{"__proto__": {"polluted": 1}, "constructor": "x", "val_bpb": 0.98, "status": "keep", "${'k'.repeat(5000)}": 1}`,
      { val_bpb: 0.97, status: 'keep', description: evil, [`${evil}key`]: evil },
    ])
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    expect(JSON.stringify(ledger)).not.toMatch(/\\u001b|\\u202e|\u202e/)
    expect(ledger.rows[1]).toMatchObject({ description: 'red', cells: { redkey: 'red' } })
    expect(Math.max(...ledger.columns.map(({ name }) => name.length))).toBeLessThan(80)
  })

  test('deep, wide and quoted input takes no long time', () => {
    const deep = `{"val_bpb": 0.9, "status": "keep", "x": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`
    const wide = `{"val_bpb": 0.9, "status": "keep", ${Array.from({ length: 20_000 }, (_, i) => `"k${i}": 1`).join()}}`
    const quotes = `{"val_bpb": NaN, "x": "${'\\"'.repeat(100_000)}`
    const ledger = read([deep, wide, quotes])
    expect(values(ledger).map(([line]) => line)).toEqual([1, 2])
    expect(ledger.columns).toHaveLength(200)
    expect(note(ledger, 'left-out')?.text).toBe('19803 keys of the runs are left out: a table has at most 200 columns.')
  })

  test('every line of any JSON lines is accounted for exactly once', () => {
    const line = fc.oneof(
      fc.json({ maxDepth: 2 }),
      fc.constantFrom('', ' ', '{', '{"run":', '{"a":1}', JSON.stringify(config('x')), '{"type":"hook"}'),
      fc.constantFrom('{"status":"keep"}', '{"metric":1,"status":"keep"}', '{"metric":{"a":1}}'),
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), more => {
        const start = [config('val_bpb'), run(1, 1), run(2, 2), run(3, 3)].map(value => JSON.stringify(value))
        const lines = [...start, ...more]
        const { rows, table } = readText(lines.join('\n'), { segment: 0 })
        const accounted = [
          ...rows.map(row => row.line),
          ...table.blank,
          ...table.continued,
          ...table.unread.map(unread => unread.line),
          ...table.aside.flatMap(aside => aside.lines),
        ]
        if (lines.at(-1) === '') lines.pop()
        expect(accounted.sort((a, b) => a - b)).toEqual(lines.map((_, i) => i + 1))
      }),
      { numRuns: 300 },
    )
  })
})
