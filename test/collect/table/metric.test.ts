import { describe, expect, test } from 'vitest'
import { readLedger } from '../../../scripts/collect/table/ledger.ts'
import { kindOfName } from '../../../scripts/collect/table/metric/metric.ts'

const read = (text: string, wishes = {}) =>
  readLedger(new TextEncoder().encode(text), 'results.tsv', {
    metric: null,
    columns: {},
    goal: null,
    statuses: new Map(),
    ...wishes,
  })
const tsv = (...rows: (string | number)[][]) => rows.map(row => `${row.join('\t')}\n`).join('')

const statuses = ['baseline', 'keep', 'discard', 'keep', 'discard']
/** A session of five rows with these columns of numbers between the commit and the status. */
const session = (columns: Record<string, (number | string)[]>, given = statuses) =>
  tsv(
    ['commit', ...Object.keys(columns), 'status', 'description'],
    ...given.map((status, i) => [
      `a1b2c${i}d`,
      ...Object.values(columns).map(values => values[i] ?? ''),
      status,
      `change number ${i}`,
    ]),
  )
const chosen = (text: string, wishes = {}) => {
  const { metric, columns } = read(text, wishes)
  const column = columns.find(({ as }) => as === 'metric')
  return { name: metric.name, goal: metric.goal, sure: column?.sure, why: column?.why ?? '' }
}

const falls = [2, 1.8, 1.9, 1.5, 1.6]
const rises = [0.5, 0.6, 0.55, 0.7, 0.6]
const noise = [4.2, 4.6, 4.8, 4.1, 4.9]
const memory = [4, 4.1, 4, 4.2, 4]

// The columns of results tables in public repositories; the numbers are invented.
test.each<[Record<string, (number | string)[]>, string, 'minimize' | 'maximize', boolean]>([
  [{ val_bpb: falls, memory_gb: memory }, 'val_bpb', 'minimize', true],
  [{ val_bpb: falls, artifact_mb: noise, memory_gb: memory }, 'val_bpb', 'minimize', true],
  [
    {
      val_bpb: falls,
      memory_gb: memory,
      mfu: noise,
      tok_per_sec: noise,
      num_steps: [180, 167, 190, 180, 170],
      num_params_M: memory,
      batch_size: [4, 4, 8, 4, 4],
      final_loss: noise,
    },
    'val_bpb',
    'minimize',
    true,
  ],
  [{ val_rmse: falls }, 'val_rmse', 'minimize', true],
  [{ primary_f05: rises }, 'primary_f05', 'maximize', true],
  [{ val_acc: rises, memory_gb: memory }, 'val_acc', 'maximize', true],
  [{ kid_mean: falls, peak_vram_gb: memory }, 'kid_mean', 'minimize', true],
  [{ win_rate: rises, draw_rate: noise, avg_depth: [2.1, 2.2, 2.1, 2.1, 2.2] }, 'win_rate', 'maximize', true],
  [{ exploitability: falls, iterations: [25, 70, 70, 80, 90], wall_secs: noise }, 'exploitability', 'minimize', true],
  [{ avg_bpc: falls, roundtrip: [100, 100, 100, 100, 100], time_s: noise }, 'avg_bpc', 'minimize', true],
  [{ tok_s: rises, ttft_ms: noise, peak_vram_gb: memory }, 'tok_s', 'maximize', true],
  [{ tok_per_sec: rises, vram_peak_mb: memory, n_ctx: noise, n_batch: noise }, 'tok_per_sec', 'maximize', true],
  [
    { tg_tok_s: rises, pp_tok_s: noise, vram_gb: memory, ppl: [4.58, 4.58, '-', '-', '-'] },
    'tg_tok_s',
    'maximize',
    true,
  ],
  [{ composite_score: rises, sharpe: noise, num_trades: [20, 30, 25, 28, 31] }, 'composite_score', 'maximize', true],
  [{ score: rises, sharpe: noise, max_dd: noise }, 'score', 'maximize', true],
  [{ mean_score: rises, min_score: noise, max_score: noise }, 'mean_score', 'maximize', true],
  [{ score_gated: rises, inwindow_shift: noise, steps: noise, vram_gb: memory }, 'score_gated', 'maximize', true],
  [{ median_speedup: rises, mean_speedup: noise, worst_speedup: noise }, 'median_speedup', 'maximize', true],
  [{ metric: rises, delta: [0, 0.1, -0.05, 0.1, -0.1], guard: ['-', '-', '-', '-', '-'] }, 'metric', 'maximize', true],
  [{ metric_before: ['-', ...rises.slice(0, 4)], metric_after: rises }, 'metric_after', 'maximize', true],
  [{ train_loss: falls, val_loss: falls }, 'val_loss', 'minimize', true],
  [{ train_score: noise, val_score: rises, train_return: noise, val_return: noise }, 'val_score', 'maximize', true],
  [{ lama_time_s: falls, e2fgvi_time_s: noise, peak_vram_gb: memory }, 'lama_time_s', 'minimize', false],
  [{ nba_core: rises, gw_acc: [0.66, 0.65, 0.66, 0.65, 0.66] }, 'gw_acc', 'maximize', false],
  [{ mAP: rises, mAP50: rises, mAP75: rises, vram_gb: memory }, 'mAP', 'maximize', false],
  [{ outcome_auroc: rises, outcome_auprc: rises, onset_mae_hrs: noise }, 'outcome_auroc', 'maximize', false],
  [{ hf_wer: falls, hf_war: noise, sherpa_int8_wer: falls }, 'hf_wer', 'minimize', false],
])('of the columns %j the metric is %s, %s, sure: %s', (columns, name, goal, sure) => {
  expect(chosen(session(columns))).toMatchObject({ name, goal, sure })
})

describe('the metric', () => {
  test('of a table of speeds is the speed, not the hit rate that was kept at its value', () => {
    const text = session(
      {
        tok_per_sec: [1.8, 2.6, 5.3, 4.0],
        vram_gb: [4, 4, 4, 4],
        cache_hit: ['0.000', '0.870', '0.870', '0.990'],
      },
      ['keep', 'keep', 'keep', 'discard'],
    )
    expect(chosen(text)).toEqual({
      name: 'tok_per_sec',
      goal: 'maximize',
      sure: true,
      why: "Its name is a speed's; it improved in 2 of 2 kept rows and 0 of 1 discarded row, if higher is better.",
    })
  })

  test('is never a column of equal values while another one changes', () => {
    expect(chosen(session({ accuracy: [1, 1, 1, 1, 1], fps: rises }))).toMatchObject({ name: 'fps', sure: true })
    const alone = chosen(session({ accuracy: [1, 1, 1, 1, 1] }))
    expect(alone).toMatchObject({ name: 'accuracy', sure: false })
    expect(alone.why).toContain('All its values are equal.')
  })

  test('is the column that moves with what was kept, where names say nothing', () => {
    const text = session({ alpha: noise, beta: falls, gamma: noise })
    expect(chosen(text)).toMatchObject({ name: 'beta', goal: 'minimize', sure: false })
  })

  test('is the column that every keep improves rather than a better known name that stays, after enough rows', () => {
    const rows = Array.from({ length: 20 }, (_, i) => i)
    const text = session(
      {
        nba_core: rows.map(i => (i % 2 === 0 ? 0.2 + i / 100 : 0.15)),
        gw_acc: rows.map(i => (i % 2 === 0 ? 0.66 : 0.65)),
      },
      rows.map(i => (i % 2 === 0 ? 'keep' : 'discard')),
    )
    const { name, sure, why } = chosen(text)
    expect([name, sure, why]).toEqual([
      'nba_core',
      false,
      'It is a column of numbers; it improved in 9 of 9 kept rows and 0 of 10 discarded rows, if higher is better. Not sure: it could also be gw_acc (--metric NAME).',
    ])
  })

  test('may be a whole number of unknown name only if it moves with what was kept', () => {
    expect(chosen(session({ chapters: [31, 32, 30, 35, 34] }))).toMatchObject({
      name: 'chapters',
      goal: 'maximize',
      sure: false,
    })
    expect(() => read(session({ chapters: [31, 30, 32, 29, 35] }, ['ok', 'ok', 'ok', 'ok', 'ok']))).toThrow(
      'no column was recognised as the metric',
    )
  })

  test('is not sure if two columns are close: both are named with the flag that corrects it', () => {
    const { sure, why } = chosen(session({ accuracy: rises, f1: rises }))
    expect([sure, why]).toEqual([false, expect.stringContaining('Not sure: it could also be f1 (--metric NAME).')])
    expect(chosen(session({ accuracy: rises, f1: rises }), { metric: 'f1' })).toMatchObject({ name: 'f1', sure: true })
  })

  test('is the same in all sections with the same header', () => {
    const header = ['commit', 'accuracy', 'fps', 'status']
    const part = (accuracy: number, fps: number, status: string) => tsv(header, ['a1b2c3d', accuracy, fps, status])
    const { rows, metric } = read(part(0.5, 7, 'keep') + part(0.6, 5, 'keep') + part(0.55, 9, 'discard'))
    expect([metric.name, rows.map(row => row.metric)]).toEqual(['accuracy', [0.5, 0.6, 0.55]])
  })

  test('of a table without a header is no column of equal values', () => {
    const row = (speed: number, status: string) => ['HEAD', 'model-4bit', '397.0', '17.0', speed, status, 'some change']
    const text = tsv(row(3.3, 'keep'), row(5.2, 'keep'), row(2.7, 'discard'), row(6.1, 'keep'))
    const { rows, columns } = read(text)
    expect(rows.map(({ metric }) => metric)).toEqual([3.3, 5.2, 2.7, 6.1])
    expect(columns.find(({ as }) => as === 'metric')).toMatchObject({
      name: 'column 5',
      sure: false,
      why: expect.stringContaining('Not sure: set --column metric=NUMBER.'),
    })
  })
})

test.each([
  ['tok/s', 'speed'],
  ['tokens_per_second', 'speed'],
  ['it_s', 'speed'],
  ['samples_per_sec', 'speed'],
  ['throughput_tflops', 'speed'],
  ['latency_us', 'speed'],
  ['ttft_p50_ms', 'speed'],
  ['ms_per_token', 'speed'],
  ['mfu', 'speed'],
  ['qps', 'speed'],
  ['ndcg@10', 'quality'],
  ['mAP', 'quality'],
  ['f1_macro', 'quality'],
  ['val_unknown', 'validation'],
  ['training_seconds', 'amount'],
  ['total_cost', 'amount'],
  ['vram_gb', null],
  ['peak_memory', null],
  ['num_params_M', null],
  ['steps', null],
  ['iteration', null],
  ['round', null],
  ['exp', null],
  ['delta', null],
  ['delta_vs_best', null],
  ['guard', null],
  ['delta_ms', null],
  ['baseline_tok_s', null],
  ['latency_std', null],
  ['speedup_vs_baseline', 'speed'],
  ['cost_usd', null],
  ['timestamp', null],
  ['commit', null],
  ['seed', null],
])('the name %s is of the kind %s', (name, kind) => expect(kindOfName(name)).toBe(kind))

test.each([
  ['tok_per_sec', 'maximize'],
  ['tok/s', 'maximize'],
  ['it/s', 'maximize'],
  ['games_per_hour', 'maximize'],
  ['mfu', 'maximize'],
  ['f05', 'maximize'],
  ['mAP50', 'maximize'],
  ['latency_p99_ms', 'minimize'],
  ['ms_per_token', 'minimize'],
  ['sec_per_step', 'minimize'],
  ['kernel_us', 'minimize'],
] as const)('the name %s says %s', (name, goal) => {
  expect(chosen(session({ [name]: [1, 1, 1, 1, 1] }))).toMatchObject({ name, goal })
})

describe('what the table says of its metric', () => {
  const rows = session({ metric: [10, 9, 12, 11.5] }, ['baseline', 'discard', 'keep', 'keep'])

  test.each([
    ['# metric_direction: higher_is_better', 'metric', 'maximize'],
    ['# metric_direction: lower_is_better', 'metric', 'minimize'],
    ['# Direction = max', 'metric', 'maximize'],
    ['# goal: minimize', 'metric', 'minimize'],
    ['# metric: val_score (lower is better)', 'val_score', 'minimize'],
    ['# metric: val_score, higher is better', 'val_score', 'maximize'],
    ['# objective: maximize coverage', 'coverage', 'maximize'],
    ['# coverage: higher is better', 'coverage', 'maximize'],
    ['// lower is better', 'metric', 'minimize'],
    ['<!-- metric: latency ↓ -->', 'latency', 'minimize'],
    ['metric_direction: higher_is_better', 'metric', 'maximize'],
    ['# metric_direction: higher_is_better (chapters + tests)', 'metric', 'maximize'],
    ['# metric_direction: lower_is_better (time), higher_is_better (metric)', 'metric', 'maximize'],
  ] as const)('the line “%s” is read as %s, %s', (line, name, goal) => {
    const { metric, table } = read(`${line}\n${rows}`)
    expect(metric).toMatchObject({ name, goal, why: expect.stringContaining('Line 1 says so') })
    expect(table).toMatchObject({ headers: [1, 2], unread: [] })
  })

  test.each([
    ['# we want to keep at most max 5 minutes per run'],
    ['# metric: we measure the loss on held-out data'],
    ['# the higher the better, as always'],
    ['# my session'],
  ])('the line “%s” says nothing of it and is a comment', line => {
    const { metric, table } = read(`${line}\n${rows}`, { goal: 'maximize' })
    expect(metric.name).toBe('metric')
    expect(table.unread).toMatchObject([{ line: 1, why: 'It is a comment.' }])
  })

  test('names a column', () => {
    const text = `# metric: f1 (higher is better)\n${session({ accuracy: rises, f1: rises })}`
    expect(chosen(text)).toEqual({ name: 'f1', goal: 'maximize', sure: true, why: 'Line 1 says so.' })
  })

  test('is uncertain if the name or the kept rows contradict it', () => {
    const { metric } = read(`# metric_direction: higher_is_better\n${session({ val_loss: falls })}`)
    expect(metric).toMatchObject({
      goal: 'maximize',
      sure: false,
      why: 'Line 1 says so, though “loss” is lower when it is better and in 2 of 2 steps from one kept row to the next it fell.',
    })
  })

  test('may stand in the rows; those of another metric are not compared', () => {
    const { metric, rows, notes } = read(
      tsv(
        ['run_id', 'commit', 'metric_name', 'metric_value', 'metric_direction', 'decision', 'idea'],
        [1, 'a1b2c3d', 'coverage', 0.9, 'max', 'keep', 'start'],
        [2, 'b1b2c3d', 'coverage', 0.94, 'max', 'keep', 'more tests'],
        [3, 'c1b2c3d', 'latency', 30, 'min', 'keep', 'another aim'],
      ),
    )
    expect(metric).toMatchObject({ name: 'coverage', goal: 'maximize', sure: true })
    expect(rows.map(row => row.metric)).toEqual([0.9, 0.94, null])
    expect(notes).toMatchObject([{ code: 'other-metric', lines: [4] }])
  })
})
