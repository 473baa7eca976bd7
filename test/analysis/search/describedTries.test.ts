/** What discards without a diff tried, by their descriptions, and the advice that follows from it. */
import { expect, test } from 'vitest'
import { type Candidate, described } from '../../../scripts/analysis/search/describedTries.ts'
import { namesOf, termsOf } from '../../../scripts/analysis/search/knobNames.ts'
import { knobs } from '../../../scripts/analysis/search/knobs.ts'
import { numberOf } from '../../../scripts/analysis/source/literals.ts'
import { createRandom } from '../../../scripts/stats/random.ts'
import { buildExperiment, patch } from '../../helpers/exampleRecords.ts'

const source = new Map([
  [
    'trainer/train.py',
    `TOTAL_BATCH_SIZE = 2**19 # ~524K tokens
DEVICE_BATCH_SIZE = 128
EMBEDDING_LR = 0.6  # token embeddings (Adam)
UNEMBEDDING_LR = 0.004  # lm_head (Adam)
MATRIX_LR = 0.04  # matrices (Muon)
WEIGHT_DECAY = 0.2  # cautious weight decay for Muon
WARMDOWN_RATIO = 0.5
ADAM_BETAS = (0.8, 0.95)
DEPTH = 8
`,
  ],
])

interface Row {
  description: string
  status?: 'keep' | 'discard' | 'crash'
  gain?: number
  /** The changed line; without one there is no diff. */
  diff?: [before: string, after: string]
}

/** A table: the baseline, then rows of which the kept ones have a diff. */
function table(...rows: Row[]) {
  const experiments = [
    buildExperiment(0, { status: 'keep', metric: 1 }),
    ...rows.map(({ description, status = 'discard', gain = -0.02 }, i) =>
      status === 'crash'
        ? buildExperiment(i + 1, { status, description })
        : buildExperiment(i + 1, { status, description, metric: 1 - gain, gain }),
    ),
  ]
  const patches = new Map(rows.flatMap(({ diff }, i) => (diff ? [[i + 1, patch(...diff)] as const] : [])))
  return knobs(experiments, patches, 'minimize', { sigma: 0.001, df: 1e6 }, source)
}

const knob = (name: string, ...rows: Row[]) => table(...rows).knobs.find(({ id }) => id === name)
const triesOf = (name: string, ...rows: Row[]) =>
  knob(name, ...rows)?.tries.map(t => `${t.experiment}: ${t.from} > ${t.to}${t.alone ? '' : ', maybe'}`)

const halved: Row = {
  description: 'halve batch 524K to 262K (more steps)',
  status: 'keep',
  gain: 0.02,
  diff: ['TOTAL_BATCH_SIZE = 2**19 # ~524K tokens', 'TOTAL_BATCH_SIZE = 2**18 # ~262K tokens'],
}
const raised: Row = {
  description: 'embedding LR 0.6 to 0.8',
  status: 'keep',
  gain: 0.02,
  diff: ['EMBEDDING_LR = 0.6', 'EMBEDDING_LR = 0.8'],
}

test('a discard without a diff is a try of the value that its description names, from the value of the head', () => {
  expect(triesOf('EMBEDDING_LR', raised, { description: 'embed LR 0.8 to 1.0 (hurts)' })).toEqual([
    '1: 0.6 > 0.8',
    '2: 0.8 > 1.0',
  ])
  expect(knob('EMBEDDING_LR', raised, { description: 'embed LR 0.8 to 1.0' })).toMatchObject({
    shape: 'inside',
    best: '0.8',
    tries: [{ by: 'diff' }, { by: 'description', gain: -0.02, status: 'discard' }],
  })
})

test.each([
  ['weight decay 0.2 to 0.15', 'WEIGHT_DECAY', '0.15'],
  ['Muon WD 0.2 → 0.22', 'WEIGHT_DECAY', '0.22'],
  ['increase matrix learning rate to 0.05', 'MATRIX_LR', '0.05'],
  ['lm_head LR 0.004 -> 0.008', 'UNEMBEDDING_LR', '0.008'],
  ['batch 2^19 to 2^17', 'TOTAL_BATCH_SIZE', '2**17'],
  ['total batch size 2**19 to 2**20', 'TOTAL_BATCH_SIZE', '2**20'],
  ['batch 524K to 262K', 'TOTAL_BATCH_SIZE', '2**18'],
  ['reduce depth from 8 to 4', 'DEPTH', '4'],
  ['warmdown 0.5 to 0.7 (more cooldown)', 'WARMDOWN_RATIO', '0.7'],
])('“%s” is a step of %s to %s', (description, name, to) => {
  expect(knob(name, { description })?.tries).toMatchObject([{ to, alone: true, by: 'description' }])
  expect(table({ description }).knobs).toHaveLength(1)
})

test.each([
  'embedding LR 0.3 to 0.9', // not the value of the head
  'VE LR 0.6 to 0.9',
  'LR 0.01 to 0.02',
  'embedding init std 0.6 to 2.0',
  'random seed 42 to 137',
  'remove cautious WD mask (much worse)',
  'halve value embedding LR',
])('“%s” is a step of no constant', description => {
  expect(table({ description }).knobs).toEqual([])
})

test('a value that a description gives without a step may have been tried, and is not advised', () => {
  const crashed: Row = { description: 'batch 131K (assert fail: not divisible by device batch)', status: 'crash' }
  expect(knob('TOTAL_BATCH_SIZE', halved)).toMatchObject({ shape: 'edge', untried: '2**17' })
  expect(triesOf('TOTAL_BATCH_SIZE', halved, crashed)).toEqual(['1: 2**19 > 2**18', '2: 2**18 > 2**17, maybe'])
  expect(knob('TOTAL_BATCH_SIZE', halved, crashed)).toMatchObject({ shape: 'unclear', best: '2**18', untried: null })
})

test('a description that names a constant and no value leaves it without advice', () => {
  const given = (description: string) => knob('EMBEDDING_LR', raised, { description })
  expect(given('gradient clipping at 1.0')?.untried).not.toBeNull()
  for (const description of ['embedding LR 1.5x', 'embedding LR by a cosine', 'double the embedding learning rate'])
    expect(given(description), description).toMatchObject({ shape: 'unclear', untried: null, unread: [2] })
})

test('the words beside a diff name its constant from then on', () => {
  const line = (value: string) => `        torch.nn.init.uniform_(w, -${value} * s, s)`
  const kept: Row = { description: 'init scale 0.7x', status: 'keep', gain: 0.02, diff: [line('0.8'), line('0.7')] }
  const [found] = table(kept, { description: 'init scale 0.7 to 0.66' }).knobs
  expect(found?.tries).toMatchObject([{ to: '-0.7' }])
  const plain = (value: string) => `        s = ${value} * 3**0.5`
  const own: Row = { description: 'init scale 0.7x', status: 'keep', gain: 0.02, diff: [plain('0.8'), plain('0.7')] }
  expect(table(own, { description: 'init scale 0.7 to 0.66' }).knobs[0]?.tries).toMatchObject([
    { to: '0.7', by: 'diff' },
    { to: '0.66', by: 'description', alone: true },
  ])
})

test('a row whose description says nothing leaves all constants without advice', () => {
  for (const description of ['', 'idea 7', 'try again']) {
    const found = table(raised, { description })
    expect(found.withoutDiff).toMatchObject({ experiments: [2], unreadable: [2] })
    expect(found.knobs[0]).toMatchObject({ untried: null, unread: [2] })
  }
  expect(table(raised).withoutDiff).toEqual({ experiments: [], unreadable: [], numbers: [] })
})

test('terms are the same in all spellings', () => {
  expect(termsOf('EMBEDDING_LR')).toEqual(termsOf('embed learning rate'))
  expect(termsOf('value_embeds weight_decay')).toEqual(['ve', 'wd'])
  expect(termsOf('increase the total batch size')).toEqual(['total', 'batch'])
  expect(termsOf('constructor __proto__')).toEqual(['constructor', 'proto'])
})

test('a long description costs no time', () => {
  const candidate: Candidate = { names: namesOf('DEPTH', 'DEPTH = □'), current: '8' }
  expect(described(`depth ${'1 '.repeat(5000)}`, [candidate])).toHaveLength(1)
})

test('advice never names a value that some row tried, whatever its status, its words and its notation', () => {
  const { uniform } = createRandom(7)
  const pick = <T>(list: T[]): T => list[Math.floor(uniform() * list.length)] as T
  const constants = [
    { name: 'EMBEDDING_LR', first: 0.6, words: ['embedding LR', 'embed learning rate', 'token embedding LR'] },
    { name: 'MATRIX_LR', first: 0.04, words: ['matrix LR', 'Muon LR', 'MATRIX_LR'] },
    { name: 'WEIGHT_DECAY', first: 0.2, words: ['weight decay', 'WD', 'Muon WD', 'the decay'] },
    { name: 'TOTAL_BATCH_SIZE', first: 19, words: ['batch', 'total batch size', 'tokens a step'] },
  ]
  let advised = 0
  for (let session = 0; session < 300; session++) {
    const current = new Map(constants.map(c => [c.name, c.first]))
    const tried: { name: string; value: number }[] = []
    const write = (name: string, value: number) => (name === 'TOTAL_BATCH_SIZE' ? `2**${value}` : String(value))
    const rows = Array.from({ length: 12 }, (): Row => {
      const { name, words } = pick(constants)
      const from = current.get(name) ?? 0
      const factor = pick([0.5, 0.75, 1.25, 1.5, 2])
      const isBatch = name === 'TOTAL_BATCH_SIZE'
      const to = isBatch ? from + pick([-1, 1]) : Number((from * factor).toPrecision(3))
      tried.push({ name, value: isBatch ? 2 ** to : to })
      const said = (value: number) =>
        isBatch ? pick([`2^${value}`, `2**${value}`, `${Math.round(2 ** value / 1024)}K`]) : String(value)
      const form = pick(['step', 'target', 'bare', 'vague'])
      const word = pick(words)
      const description = {
        step: `${word} ${said(from)} ${pick(['to', '→', '->'])} ${said(to)}${pick(['', ' (worse)', ' - flat'])}`,
        target: `${to > from ? 'increase' : 'lower'} ${word} to ${said(to)}`,
        bare: `${word} ${said(to)}`,
        vague: `a stronger ${word} of ${said(to)}`,
      }[form as 'step']
      const status = pick<'keep' | 'discard' | 'crash'>(['keep', 'discard', 'crash'])
      if (status !== 'keep') return { description, status, gain: -pick([0.001, 0.02, 0.04]) }
      current.set(name, to)
      return {
        description,
        status,
        gain: 0.02,
        diff: [`${name} = ${write(name, from)}`, `${name} = ${write(name, to)}`],
      }
    })
    for (const { name, untried } of table(...rows).knobs) {
      if (untried === null) continue
      advised++
      const value = numberOf(untried) ?? Number.NaN
      const clash = tried.find(t => t.name === name && Math.abs(t.value - value) < 1e-9 * value)
      expect(clash, `${name} ${untried} after ${rows.map(row => row.description).join('; ')}`).toBeUndefined()
    }
  }
  expect(advised).toBeGreaterThan(50)
})
