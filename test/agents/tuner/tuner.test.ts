import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PastExperiment } from '../../../scripts/agents/agent.ts'
import { knobsIn } from '../../../scripts/agents/tuner/knobs.ts'
import { readLedger } from '../../../scripts/agents/tuner/observations.ts'
import { rankMoves } from '../../../scripts/agents/tuner/rankMoves.ts'
import { tuner } from '../../../scripts/agents/tuner/tuner.ts'
import { type Constant, constantsIn } from '../../../scripts/analysis/source/constants.ts'
import { options, step } from '../../../scripts/analysis/source/steps.ts'
import { scratch, write } from '../../helpers/throwaway.ts'

/** The constant of one line of source, e.g. `3  # note`. */
const constant = (line: string): Constant => constantsIn(`X = ${line}`)[0] ?? { name: 'X', raw: '', value: 0, note: '' }

test.each([
  ['2**14', 'up', '2**15'],
  ['2**14', 'down', '2**13'],
  ['3e-4', 'up', '6e-4'],
  ['0.05', 'down', '0.025'],
  ['0.95', 'up', '0.975'],
  ['0.9', 'down', '0.8'],
  ['8', 'up', '16'],
  ['3', 'up', '4'],
  ['100', 'down', '50'],
  ['0.0', 'up', '0.1'],
  ['1.0', 'up', '2.0'],
] as const)('%s goes %s to %s', (raw, direction, next) => {
  expect(step(constant(raw), direction, 1)).toBe(next)
})

test('a step of any number is a different finite number', () => {
  const anyNumber = fc.oneof(
    fc.integer({ min: -1000, max: 100_000 }).map(String),
    fc.double({ min: 1e-6, max: 1e4, noNaN: true }).map(x => x.toPrecision(3)),
  )
  fc.assert(
    fc.property(anyNumber, fc.constantFrom('up', 'down'), fc.constantFrom(1, 0.5), (raw, direction, size) => {
      const constant = constantsIn(`X = ${raw}`)[0]
      if (!constant) return
      const next = step(constant, direction, size)
      if (next === null) return
      const parsed = constantsIn(`X = ${next}`)[0]
      expect(parsed?.value).not.toBe(constant.value)
      expect(Number.isFinite(parsed?.value)).toBe(true)
    }),
  )
})

test('a constant that is None is moved from the value that the baseline printed for it', () => {
  const files = new Map([['t.py', 'DEPTH = None  # layers\nHEAD_DIM = None\nLR = 0.1\n']])
  expect(knobsIn(files).map(({ name }) => name)).toEqual(['LR'])
  const log = 'preset cpu: DEPTH = 2, TOTAL_BATCH_SIZE = 8192\nmodel: DEPTH = 7\n'
  const [depth, ...others] = knobsIn(files, log)
  expect(others.map(({ name }) => name)).toEqual(['LR'])
  expect(depth).toMatchObject({ name: 'DEPTH', now: { raw: 'None' }, unset: { raw: '2', value: 2 } })
  const raws = rankMoves(knobsIn(files, log), [], null)
    .filter(({ steps }) => steps[0]?.knob.name === 'DEPTH')
    .flatMap(({ steps }) => steps.map(({ raw }) => raw))
  expect(new Set(raws)).toEqual(new Set(['1', '3', '4', '8']))
  const patch = '--- a/t.py\n+++ b/t.py\n-DEPTH = None  # layers\n+DEPTH = 4  # layers'
  const ledger = readLedger([{ number: 1, status: 'discard', gain: -1, patch }], knobsIn(files, log), null)
  const seen = ledger.observations[1]
  expect(seen).toMatchObject({ moved: [{ knob: 0, from: 1, to: 2 }], onlyKnobs: true })
})

test.each([
  ['True', ['False']],
  ['false', ['true']],
  ["'adamw'  # 'adamw', 'muon' or 'lion'", ["'muon'", "'lion'"]],
  ["'SSL'", ["'LSL'", "'SLL'", "'SSS'", "'SL'", "'SS'", "'SSSL'", "'SSLL'", "'S'", "'L'"]],
  ["'cuda'", []],
])('%s may become %j', (line, others) => {
  expect(options(constant(line))).toEqual(others)
})

test('layers also change by one, and a decay may be 0', () => {
  expect(options({ ...constant('8'), name: 'DEPTH' })).toEqual(['16', '4', '32', '2', '9', '7'])
  expect(options({ ...constant('0.1'), name: 'WEIGHT_DECAY' })).toContain('0.0')
  expect(options({ ...constant('0.1'), name: 'LR' })).not.toContain('0.0')
})

/** Runs the tuner on a file as the loop does; `judge` decides what is kept. */
async function session(
  start: string,
  judge: (text: string) => boolean,
  experiments: number,
): Promise<{ tried: string[]; best: string; proposals: (string | null)[] }> {
  const folder = await scratch()
  let best = start
  const tried = [start]
  const proposals: (string | null)[] = []
  const history: PastExperiment[] = []
  for (let i = 0; i < experiments; i++) {
    await write(folder, { 't.py': best })
    const read = () => readFile(join(folder, 't.py'), 'utf8')
    const proposal = await tuner.propose({
      worktree: folder,
      folder,
      edit: ['t.py'],
      prompt: '',
      goal: 'minimize',
      history,
      sigma: null,
      baselineLog: '',
      conflictPatch: null,
      isDuplicate: async () => tried.includes(await read()),
      mark: 'none',
      transcript: null,
      signal: new AbortController().signal,
    })
    if (!proposal) break
    const text = await read()
    tried.push(text)
    proposals.push(proposal.description)
    const kept = judge(text)
    history.push({ number: i + 1, status: kept ? 'keep' : 'discard', gain: null, patch: patchOf(best, text) })
    if (kept) best = text
  }
  return { tried, best, proposals }
}

const patchOf = (before: string, after: string): string => {
  const lines = before
    .split('\n')
    .flatMap((line, i) => (line === after.split('\n')[i] ? [] : [`-${line}`, `+${after.split('\n')[i]}`]))
  return ['--- a/t.py', '+++ b/t.py', ...lines].join('\n')
}

test('the tuner never proposes a tree twice, and returns null when nothing is left', async () => {
  const { tried, proposals } = await session('A = 0.5\nB = 4\n', () => false, 200)
  expect(new Set(tried).size).toBe(tried.length)
  expect(proposals.length).toBeGreaterThan(4)
  expect(proposals.length).toBeLessThan(200)
})

test('the tuner continues in a direction that helps and finds a distant optimum', async () => {
  let best = Infinity
  const loss = (text: string) =>
    constantsIn(text).reduce(
      (sum, { name, value }) =>
        sum + (name === 'LR' ? Math.log((value ?? 0) / 0.08) ** 2 : Math.log((value ?? 0) / 60) ** 2),
      0,
    )
  const judge = (text: string) => {
    const better = loss(text) < best
    if (better) best = loss(text)
    return better
  }
  judge('LR = 0.01\nSIZE = 100\n')
  const { best: text } = await session('LR = 0.01\nSIZE = 100\n', judge, 12)
  expect(constantsIn(text)[0]?.value).toBeCloseTo(0.08, 5)
})

/** One proposal for a file. @returns its description and the edited file */
async function once(text: string, history: PastExperiment[], conflictPatch: string | null) {
  const folder = await scratch()
  await write(folder, { 't.py': text })
  const proposal = await tuner.propose({
    worktree: folder,
    folder,
    edit: ['t.py'],
    prompt: '',
    goal: 'minimize',
    history,
    sigma: null,
    baselineLog: '',
    conflictPatch,
    isDuplicate: async () => false,
    mark: 'none',
    transcript: null,
    signal: new AbortController().signal,
  })
  return { said: proposal?.description, text: await readFile(join(folder, 't.py'), 'utf8') }
}

test('a pending move is not proposed again on a new head', async () => {
  const underWay = {
    number: 1,
    status: null,
    gain: null,
    patch: patchOf('LR = 0.1\nSIZE = 8\n', 'LR = 0.2\nSIZE = 8\n'),
  }
  expect((await once('LR = 0.1\nSIZE = 16\n', [], null)).said).toBe('LR 0.1 → 0.2')
  expect((await once('LR = 0.1\nSIZE = 16\n', [underWay], null)).said).not.toBe('LR 0.1 → 0.2')
})

test('a conflicting change is repeated with the same values in the new file', async () => {
  const patch = patchOf('LR = 0.1\nSIZE = 8\n', 'LR = 0.2\nSIZE = 8\n')
  expect(await once('LR = 0.4\nSIZE = 16\n', [], patch)).toEqual({
    said: 'LR 0.4 → 0.2',
    text: 'LR = 0.2\nSIZE = 16\n',
  })
})

/** An experiment that changed one line. */
const past = (
  number: number,
  status: PastExperiment['status'],
  gain: number | null,
  from: string,
  to: string,
): PastExperiment => ({
  number,
  status,
  gain,
  patch: patchOf(from, to),
})
const start = 'LR = 0.1\nSIZE = 8\nDROP = 0.1\n'

test('the tuner does not move further in a direction that crashed or timed out', async () => {
  const crashed = [
    past(1, 'crash', null, start, start.replace('SIZE = 8', 'SIZE = 16')),
    past(2, 'timeout', null, start, start.replace('LR = 0.1', 'LR = 0.05')),
  ]
  const ideas = rankMoves(knobsIn(new Map([['t.py', start]])), crashed, 0.01)
  const values = (name: string) =>
    ideas.flatMap(({ steps }) => steps.flatMap(({ knob, raw }) => (knob.name === name ? [Number(raw)] : [])))
  expect(Math.max(...values('SIZE'))).toBeLessThan(16)
  expect(Math.min(...values('LR'))).toBeGreaterThan(0.05)
  expect(Math.max(...values('LR'))).toBeGreaterThan(0.1)
})

test('promising moves are combined, with the reasons', async () => {
  const close = [
    past(1, 'discard', -0.0001, start, start.replace('LR = 0.1', 'LR = 0.2')),
    past(2, 'keep', 0.02, start, start.replace('SIZE = 8', 'SIZE = 16')),
    past(3, 'keep', 0.03, start.replace('SIZE = 8', 'SIZE = 16'), 'LR = 0.1\nSIZE = 16\nDROP = 0.05\n'),
  ]
  const ideas = rankMoves(knobsIn(new Map([['t.py', 'LR = 0.1\nSIZE = 16\nDROP = 0.05\n']])), close, 0.005)
  expect(ideas[0]?.steps.map(({ knob, raw }) => [knob.name, raw])).toEqual(
    expect.arrayContaining([
      ['SIZE', '32'],
      ['DROP', expect.stringMatching(/^0\.0/)],
    ]),
  )
  expect(ideas[0]?.why).toMatch(/moving SIZE up helped in 2, and moving DROP down helped in 3; a gain of \d/)
})

test('an experiment that changed other code gives no gain, but its kept constants count', () => {
  const other = past(1, 'keep', 5, `${start}a()\n`, `${start.replace('LR = 0.1', 'LR = 0.8')}b()\n`)
  const now = `${start.replace('LR = 0.1', 'LR = 0.8')}b()\n`
  const knobs = knobsIn(new Map([['t.py', now]]))
  const { observations, head } = readLedger([other], knobs, 0.1)
  expect(observations.find(one => one.number === 1)?.gain).toBeNull()
  expect(head[0]).toBeCloseTo(Math.log2(0.8))
  expect(observations[0]?.position[0]).toBeCloseTo(Math.log2(0.1))
})

test('the tuner is deterministic', () => {
  const ledger = [past(1, 'discard', -0.3, start, start.replace('0.1', '0.2'))]
  const first = () => rankMoves(knobsIn(new Map([['t.py', start]])), ledger, 0.1)[0]
  expect(first()).toEqual(first())
})

test('seeds and settings of the evaluation are not knobs', () => {
  expect(knobsIn(new Map([['t.py', 'SEED = 1\nLR = 0.1\nEVAL_ROWS = 4\n']])).map(({ name }) => name)).toEqual(['LR'])
})
