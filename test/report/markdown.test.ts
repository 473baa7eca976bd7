import fc from 'fast-check'
import type { Nodes, Root } from 'mdast'
import remarkGfm from 'remark-gfm'
import remarkParse from 'remark-parse'
import { unified } from 'unified'
import { expect, test } from 'vitest'
import { themeOf } from '../../scripts/analysis/search/themes.ts'
import { sanitizeLines } from '../../scripts/lib/text.ts'
import type { Experiment, Session } from '../../scripts/record/schema.ts'
import { check } from '../../scripts/report/check/check.ts'
import { knownOf } from '../../scripts/report/check/known.ts'
import { figuresOf } from '../../scripts/report/figureNames.ts'
import { markdown } from '../../scripts/report/markdown.ts'
import { partsOf } from '../../scripts/report/sections/parts.ts'
import { template } from '../../scripts/report/sections/template.ts'
import {
  at,
  buildExperiment,
  buildRun,
  buildSession,
  confirmRun,
  exampleSession,
  maximise,
  patch,
  reportInputOf,
} from '../helpers/exampleRecords.ts'

const write = (session: Session, experiments: Experiment[], patches = new Map<number, string>()) =>
  markdown(reportInputOf(session, experiments, patches))
const parse = (text: string): Root => unified().use(remarkParse).use(remarkGfm).parse(text)
const title = (text: string) => text.slice(2, text.indexOf('\n'))
/** A section, standing open or folded. */
const section = (text: string, name: string) =>
  text.split(/^## |^<summary><b>/m).find(part => part.startsWith(name)) ?? ''
const titles = (text: string) => ({
  open: [...text.matchAll(/^## (.*)$/gm)].map(m => m[1]),
  folded: [...text.matchAll(/^<summary><b>(.*)<\/b><\/summary>$/gm)].map(m => m[1]),
})

const baseline = buildExperiment(0, { status: 'keep', metric: 2.42 })
const keep = buildExperiment(1, { status: 'keep', metric: 2.3, gain: 0.12 })

/** Baseline and one keep with confirm runs on val, and on the holdout if given. */
function confirmedSession(from: number[], to: number[], holdout: [number, number][] = []): Experiment[] {
  const runs = (values: number[], side: 0 | 1) =>
    values.map((value, i) => confirmRun(i + 2, value, holdout[i]?.[side] ?? null, 100 + i, side))
  return [
    { ...baseline, runs: [...baseline.runs, ...runs(from, 0)] },
    { ...keep, runs: [...keep.runs, ...runs(to, 1)] },
  ]
}

test('the example session reads as it was reviewed', async () => {
  const { session, experiments, patches } = exampleSession()
  await expect(write(session, experiments, patches)).toMatchFileSnapshot('../fixtures/report/example.md')
})

test('a session that kept nothing reads as it was reviewed', async () => {
  const experiments = [
    baseline,
    buildExperiment(1, { metric: 2.5, gain: -0.08 }),
    buildExperiment(2, { status: 'crash', reason: 'Crash: exit code 1: MemoryError.' }),
  ]
  await expect(write(buildSession(), experiments)).toMatchFileSnapshot('../fixtures/report/nothing.md')
})

test('an unfinished session to maximise reads as it was reviewed', async () => {
  const session = buildSession({ metric: maximise, endedAt: null, stop: null })
  const experiments = [
    buildExperiment(0, { status: 'keep', metric: 343.88 }),
    buildExperiment(1, { status: 'keep', metric: 350.12, gain: 6.24 }),
    buildExperiment(2, { metric: 349, gain: -1.12 }),
  ]
  await expect(write(session, experiments)).toMatchFileSnapshot('../fixtures/report/unfinished.md')
})

test('the title says whether the gain is confirmed', () => {
  const { session, experiments } = exampleSession()
  expect(title(write(session, experiments))).toBe(
    'nov20 · CPU: val_bpb 2.4200 → 2.2860, 5.5% lower, confirmed on 2 new seeds',
  )
  expect(title(write(session, [baseline, keep]))).toBe(
    'nov20 · CPU: val_bpb 2.4200 → 2.3000 in single runs, not confirmed yet',
  )
  expect(title(write(session, confirmedSession([2.41, 2.43], [2.4, 2.425])))).toBe(
    'nov20 · CPU: val_bpb 2.4200 → 2.4125 on 2 new seeds, inconclusive',
  )
  expect(title(write(session, confirmedSession([2.41, 2.411], [2.52, 2.521])))).toMatch(
    /^nov20 · CPU: val_bpb 2\.4105 → 2\.5205, 4\.6% higher, worse on 2 new seeds$/,
  )
  expect(title(write(session, [baseline]))).toBe('nov20 · CPU: only the baseline was run')
  expect(title(write(session, [buildExperiment(0, { status: 'crash' })]))).toBe(
    'nov20 · CPU: the baseline gave no value',
  )
})

test('machines are named by their GPU model', () => {
  const named = (gpu: string, gpus = 1) => {
    const session = buildSession()
    return title(write({ ...session, machine: { ...session.machine, gpu, gpus } }, [baseline])).split(/ · |:/)[1]
  }
  expect(named('NVIDIA H100 80GB HBM3')).toBe('H100')
  expect(named('NVIDIA A100-SXM4-80GB', 2)).toBe('2 × A100')
  expect(named('NVIDIA GeForce RTX 4090')).toBe('RTX 4090')
  expect(named('Tesla T4')).toBe('T4')
  expect(named('AMD Instinct MI300X')).toBe('MI300X')
})

test('the gap to the holdout is reported with its interval, and called a sign where that excludes zero', () => {
  const { session } = exampleSession()
  const far = confirmedSession(
    [2.42, 2.4201],
    [2.3, 2.3001],
    [
      [2.5, 2.45],
      [2.5001, 2.4501],
    ],
  )
  expect(write(session, far)).toContain(
    'the gain on the holdout is 0.07000 ± 0.00018 smaller than on val (95%): a sign that the search fitted val.',
  )
  const near = confirmedSession(
    [2.42, 2.4201],
    [2.3, 2.3001],
    [
      [2.5, 2.38],
      [2.5001, 2.3801],
    ],
  )
  expect(write(session, near)).toMatch(
    /holdout is 0\.0+ ± 0\.\d+ \w+ than on val \(95%\), which includes zero: no sign/,
  )
})

test('a failed confirm run is reported', () => {
  const { session } = exampleSession()
  const [first, second] = confirmedSession([2.42, 2.4201], [2.3, 2.3001])
  if (!first || !second) throw new Error('Two experiments.')
  const crashed = { ...second, runs: [...second.runs, confirmRun(9, null, null, 150, 1)] }
  expect(write(session, [first, crashed])).toContain('Confirmed on 2 new seeds; 1 of 5 confirmation runs failed.')
  const none = { ...keep, runs: [...keep.runs, confirmRun(9, null, null, 150, 1)] }
  expect(write(session, [first, none])).toContain(
    '1 of 3 confirmation runs failed, which leaves too few for an interval.',
  )
})

test('σ is printed with its interval, as 0 if runs agree, or as unknown', () => {
  const noise = (sigma: number, interval: [number, number] | null) => ({ sigma, interval, df: 2, runs: 3, earlier: [] })
  const session = (over: Partial<Session>) => section(write(buildSession(over), [baseline, keep]), 'The session')
  expect(session({ noise: noise(0.003, [0.0016, 0.0189]) })).toContain(
    'σ of val_bpb from seed to seed is 0.0030 (95% interval 0.0016 to 0.019), by 3 runs of the same code. A single run can show a gain of 0.0085 or more (2σ√2).',
  )
  expect(session({ noise: noise(0, null) })).toContain('agree to the last digit, so σ is 0')
  expect(session({})).toContain('the noise is unknown')
})

test('values of any magnitude keep their significant digits', () => {
  const text = (from: number, to: number) =>
    write(buildSession({ metric: maximise }), [
      buildExperiment(0, { status: 'keep', metric: from }),
      buildExperiment(1, { status: 'keep', metric: to, gain: to - from }),
    ])
  expect(text(343.88, 350.12)).toContain('| +6.240 | 0001 | change 1 | 350.1200 |')
  expect(text(0.001234, 0.001301)).toContain('| +0.0000670 | 0001 | change 1 | 0.001301 |')
  expect(text(0.001234, 0.001301)).toContain('accuracy 0.001234 → 0.001301 in single runs')
  expect(text(-2.5, -2.25)).toContain('accuracy −2.5000 → −2.2500 in single runs')
})

test('what everybody reads comes first and open, what one looks up is folded, and empty sections are left out', () => {
  expect(titles(write(buildSession(), [baseline]))).toEqual({
    open: ['What to try next'],
    folded: ['The session', 'Disclosure', 'Full log'],
  })
  expect(titles(write(buildSession(), [baseline, keep]))).toEqual({
    open: ['What was kept', 'What is not proven', 'What to try next', 'One patch, and how to replicate'],
    folded: ['The session', 'Disclosure', 'Full log'],
  })
  const { session, experiments, patches } = exampleSession()
  expect(titles(write(session, experiments, patches))).toEqual({
    open: [
      'What was kept',
      'What did not work',
      'What is not proven',
      'What to try next',
      'One patch, and how to replicate',
    ],
    folded: [
      'Reruns, head and final',
      'Final configuration',
      'The session',
      'Disclosure',
      'Constants',
      'Themes',
      'Full log',
    ],
  })
})

test('the template’s source passes the checker', () => {
  const example = exampleSession()
  const sessions = [
    reportInputOf(example.session, example.experiments, example.patches),
    reportInputOf(buildSession(), [baseline]),
    reportInputOf(buildSession(), [baseline, keep]),
    reportInputOf(buildSession({ endedAt: null, stop: null }), [
      baseline,
      buildExperiment(1, { metric: 2.5, gain: -0.08 }),
    ]),
  ]
  for (const session of sessions)
    expect(check(template(session), knownOf(session.digest, figuresOf(session), partsOf(session).keys()))).toEqual([])
})

test('many unproven changes share a line, few have one each', () => {
  const keeps = (n: number) => [
    baseline,
    ...Array.from({ length: n }, (_, i) =>
      buildExperiment(i + 1, { status: 'keep', metric: 2.4 - i / 100, gain: 0.01 }),
    ),
  ]
  const unproven = (n: number) => section(write(buildSession(), keeps(n)), 'What is not proven')
  expect(unproven(4)).toContain('- Each of the 4 kept changes: too few runs to label it.')
  expect(unproven(3)).toContain('- 0003 “change 3”: too few runs, −0.01000.')
  expect(unproven(1)).not.toContain('0001')
})

test('a session that ends on another day gives that date', () => {
  const session = section(write(buildSession({ endedAt: at(8 * 3600) }), [baseline]), 'The session')
  expect(session).toContain('20 November 2026, 22:00 to 21 November 2026, 06:00 UTC.')
})

test('an unsteady machine is reported after the noise', () => {
  const seed = buildRun(2.42, {
    k: 2,
    purpose: 'seed',
    startedAt: at(50),
    summary: { training_seconds: 6, num_steps: 30 },
  })
  const slowed = { ...baseline, runs: [...baseline.runs, seed] }
  expect(section(write(buildSession(), [slowed]), 'The session')).toContain(
    'Unsteady machine. The baseline: the speed of the same code varied between 5.00 and 10.0 steps/s',
  )
})

const junk = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  fc
    .array(
      fc.constantFrom(
        ...[
          '|',
          '\\',
          '`',
          '``',
          '\n',
          '\r\n',
          '\t',
          '\u001b[31m',
          '\u001b]8;;https://e.org\u0007',
          '<b>',
          '<!--',
          '</td>',
        ],
        ...[
          '<script>alert(1)</script>',
          '[a](https://e.org)',
          '![a](//e.org)',
          '[a][b]',
          '[^1]',
          '[^1]: x',
          '@someone',
        ],
        ...[
          '#123',
          'GH-12',
          'a/b#1',
          'https://e.org/x',
          'www.e.org',
          'me@e.org',
          'mailto:me@e.org',
          'https:\u200b//e.org',
          'ww\u2060w.e.org',
        ],
        ...[
          'ht\u001b[0mtps://e.org',
          '\u202e',
          '\ufeff',
          '\ud800',
          '---',
          '===',
          '# h',
          '- x',
          '1. x',
          '> q',
          '```',
          '~~',
          '**',
        ],
        ...['_', '&lt;', '&#64;', '$x$', ':-', '|-|', '{{x}}', ' ', 'word', '\\|', '\\@me', '[ ]', '+', '*'],
      ),
      { maxLength: 12 },
    )
    .map(parts => parts.join('')),
)

/** Node types that no text of others may produce. */
const forbidden = ['link', 'linkReference', 'image', 'imageReference', 'definition', 'footnoteReference']

function nodes(tree: Nodes): Nodes[] {
  return [tree, ...('children' in tree ? tree.children.flatMap(nodes) : [])]
}

/** Block types, and rows and cells of each table: the structure that texts must not change. */
const shape = (tree: Root): string[] =>
  tree.children.map(node =>
    node.type === 'table' ? `table ${node.children.map(row => row.children.length).join()}` : node.type,
  )

test('no description, reason or name can change the report’s structure or add a link', () => {
  const { session, experiments, patches: own } = exampleSession()
  // Where the diff is not known, descriptions say what was tried; here they are to change nothing.
  const patches = new Map(experiments.map(e => [e.number, own.get(e.number) ?? patch('SEED = 1', 'SEED = 2')]))
  const written = parse(write(session, experiments, patches))
  const [expected, folds] = [shape(written), nodes(written).filter(node => node.type === 'html')]
  // The words of a description say which theme an experiment belongs to, and so how many rows the table of themes has.
  const text = junk.filter(description => themeOf({ ...baseline, description }, '') === 'other')
  const words = fc.array(text, { minLength: experiments.length * 2, maxLength: experiments.length * 2 })
  fc.assert(
    fc.property(words, junk, (texts, name) => {
      const hostile = experiments.map((e, i) => ({
        ...e,
        description: texts[2 * i] ?? '',
        reason: texts[2 * i + 1] ?? '',
      }))
      const stop = { kind: 'experiments', detail: name }
      const machine = { ...session.machine, cpu: name, os: name, label: name }
      const text = write({ ...session, stop, machine, branch: `b${name}`, tag: name }, hostile, patches)
      // As GitHub would read it, and as the site does, which takes invisible characters out first.
      for (const version of [text, sanitizeLines(text)]) {
        const tree = parse(version)
        expect(shape(tree)).toEqual(expected)
        const found = nodes(tree)
        expect(found.filter(node => forbidden.includes(node.type))).toEqual([])
        expect(found.filter(node => node.type === 'html')).toMatchObject(folds.map(({ value }) => ({ value })))
        const shown = found.flatMap(node => (node.type === 'text' ? [node.value] : []))
        expect(shown.filter(value => /@|#\d|:\/\/|www\./i.test(value))).toEqual([])
      }
      // Nothing that a terminal would act on.
      expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
    }),
    { numRuns: 100 },
  )
})

test('hostile constants and files stay in their cells', () => {
  const { session, experiments } = exampleSession()
  const value = '"a|b`c`"  # @me'
  const line = `diff --git a/x|y.py b/x|y.py\n--- a/x|y.py\n+++ b/x|y.py\n@@ -1,1 +1,1 @@\n-DEPTH = 2\n+DEPTH = ${value}\n`
  const tree = parse(write(session, experiments, new Map([[1, line]])))
  const tables = shape(tree).filter(kind => kind.startsWith('table'))
  expect(tables).toContain('table 3,3')
})

test('a head with more seed noise than the baseline is reported separately from its gain', () => {
  const { session } = exampleSession()
  const text = write(session, confirmedSession([2.42, 2.421, 2.422], [2.29, 2.3, 2.31]))
  expect(text).toContain("From seed to seed the head's val_bpb varies more than the baseline's by a test at 5%")
  expect(write(session, confirmedSession([2.42, 2.421, 2.422], [2.31, 2.311, 2.312]))).not.toContain('varies more')
})
