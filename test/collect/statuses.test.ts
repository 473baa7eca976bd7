import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { resultParagraph, resultSentences } from '../../scripts/analysis/result/sentences.ts'
import { collect } from '../../scripts/collect/collect.ts'
import { readRequest } from '../../scripts/collect/request.ts'
import type { Collected } from '../../scripts/collect/write.ts'
import { silent } from '../../scripts/lib/terminal/terminal.ts'
import { files, readSession } from '../../scripts/record/files/paths.ts'
import { headline } from '../../scripts/report/headline.ts'
import { answer, confirmedCell, keptText, singleRunChange } from '../../site/data/session/answer.ts'
import { frontierCaption } from '../../site/data/session/summary.ts'
import { waterfall, waterfallCaption } from '../../site/data/session/waterfall.ts'
import { readEntries } from '../../site/data/sessions.ts'
import { view } from '../../site/data/view.ts'
import { frontier, frontierLabel } from '../../site/figures/frontier/frontier.ts'
import { scratch } from '../helpers/throwaway.ts'

/** A table of lines with blanks for tabs, collected: its report, its results.tsv and its page. */
async function collected(lines: string[], flags: Parameters<typeof readRequest>[0] = {}) {
  const root = await scratch()
  const path = join(root, 'x.tsv')
  await writeFile(path, `${lines.map(line => line.replaceAll(' | ', '\t')).join('\n')}\n`)
  const all = await collect(path, readRequest({ tag: 'x', ...flags }, 1), join(root, 'in'), silent)
  const found = all[0] as Collected
  const entry = (await readEntries(join(root, 'in'))).find(e => e.id === found.id)
  if (entry?.kind !== 'session' || !found.digest) throw new Error('It was not read.')
  return {
    all,
    found,
    digest: found.digest,
    page: view(entry),
    report: await readFile(files.report(found.folder), 'utf8'),
    results: await readFile(files.results(found.folder), 'utf8'),
    title: headline(found.digest, (await readSession(found.folder)).session),
  }
}

const okStatus = [
  'exp | fps | status | notes',
  '1 | 6.5 | ok | first setting',
  '2 | 8.6 | ok | more layers',
  '3 | 0 | crash | no memory',
  '4 | 9.1 | ok | larger batch',
]

test('rows of a status that nobody knows are measured, compared with the baseline and named to be named', async () => {
  const { digest, report, results, page, title } = await collected(okStatus)
  expect(digest.unknown).toMatchObject({
    words: [{ word: 'ok', rows: 3 }],
    experiments: [1, 3],
    better: 2,
    best: { experiment: 3, metric: 9.1 },
  })
  expect(title).toBe('x · unknown machine: 2 measured, the best +2.6000 fps; what was kept is not known')
  const finding =
    "Both measured experiments are better than the baseline's fps of 6.5000, the best 9.1000 (0003, +2.6000), selected among them."
  const paragraph = resultParagraph(resultSentences(digest))
  expect(paragraph).toBe(`Kept: not known. The status “ok” (3 rows) has no known meaning. ${finding}`)
  expect(report).toContain(finding)
  expect(report).toMatch(/\nnpx pnpm collect \S+\/x\.tsv --tag x --status ok=keep\n/)
  expect(report).toContain('The baseline and 3 experiments: 1 crashed, 2 of unknown status.')
  expect(report).toContain('line [6.500000, 8.600000, 8.600000, 9.100000]')
  expect(report).not.toMatch(/-1 of|None of the 3|none kept|nothing kept/i)
  expect(results.split('\n').map(line => line.split('\t').slice(1, 4).join(' '))).toEqual([
    'fps memory_gb status',
    '6.500000 0.0 ok',
    '8.600000 0.0 ok',
    '0.000000 0.0 crash',
    '9.100000 0.0 ok',
    '',
  ])
  expect([page.gain, page.best, singleRunChange(page), keptText(page), confirmedCell(page)]).toEqual([
    null,
    null,
    null,
    'not known',
    'not known',
  ])
  expect(answer(page)).toMatchObject({ kind: 'unknown', next: { kind: 'collect', command: digest.unknown?.again } })
  expect(frontierCaption(page).finding).toBe(finding)
  expect(answer(page)).toMatchObject({ counts: '3 experiments, 1 crashed, 2 of unknown status.' })
  expect(frontierLabel(page.frontierData)).toContain('0 kept, 0 discarded, 2 of unknown status, 1 without a value')
})

test('once they are named they are kept, and the first of them is the baseline', async () => {
  const { digest } = await collected(okStatus, { status: ['ok=keep'] })
  expect(digest).toMatchObject({ unknown: null, bestSingleRun: { baseline: 6.5, best: 9.1, experiment: 3 } })
  expect(digest.tried).toMatchObject({ keep: 2, crash: 1, unknown: 0 })
})

test('a word of the table is quoted for the shell, and the command reads it', async () => {
  const word = "$(rm -rf ~)`x`'y=z"
  const lines = ['val_bpb | status | description', '1.2 | keep | baseline', `1.0 | ${word} | smaller rate`]
  const { digest } = await collected(lines)
  expect(digest.unknown?.again).toContain(` --status '$(rm -rf ~)\`x\`'\\''y=z=keep'`)
  const named = await collected(lines, { status: [`${word}=keep`] })
  expect(named.digest.bestSingleRun).toMatchObject({ best: 1, experiment: 1 })
})

test('beside kept rows they are counted apart, and the best of them is said', async () => {
  const { digest, report, page } = await collected([
    'val_bpb | status | description',
    '1.20 | keep | baseline',
    '1.00 | tentative | smaller rate',
    '1.10 | keep | simpler',
    '1.30 | ok | wider',
    '1.12 | discard | deeper',
  ])
  expect(digest.bestSingleRun).toMatchObject({ best: 1.1, experiment: 2 })
  const sentence =
    'Whether 2 more measured experiments were kept is not known, for the statuses “tentative” (1 row) and “ok” (1 row) have no known meaning; the best of them, 0001 with 1.000000, is better than the best that was surely kept, 1.100000.'
  expect(report).toContain(sentence)
  expect(answer(page).details).toContainEqual({ key: 'unknown', text: sentence })
  expect([keptText(page), singleRunChange(page)]).toEqual(['1, 2 not known', '−0.1000'])
})

test('rows of known status beside those of unknown status are counted as measured', async () => {
  const { report, page, title } = await collected([
    'val_bpb | status | description',
    '1.2000 | keep | baseline',
    '1.19996 | ok | smaller rate',
    '1.3000 | discard | wider',
    '1.2500 | ok | deeper',
  ])
  expect(title).toMatch(
    /: 2 of 3 measured have an unknown status, the best −0\.00004 val_bpb; what was kept is not known$/,
  )
  const finding =
    "1 of 2 measured experiments of unknown status is better than the baseline's val_bpb of 1.20000, the best 1.19996 (0001, −0.00004), selected among them."
  expect(report).toContain(finding)
  expect(answer(page).verdict).toContain(finding)
})

test.each([
  ['a table without a status column', 'The rows have no status', ['val_bpb | description', '1.2 | a', '1.0 | b']],
  [
    'rows that are no better than the baseline',
    "The one that was measured is not better than the baseline's val_bpb of 1.2000",
    ['val_bpb | status | description', '1.2 | ok | a', '1.3 | ok | b'],
  ],
])('%s: what was kept is not known either', async (_, text, lines) => {
  const { report, digest } = await collected(lines)
  expect(report).toContain(text)
  expect(report).not.toMatch(/nothing (?:was )?kept/i)
  expect(digest.unknown?.experiments).toEqual([1])
})

test('rows without a status are counted beside those with an unknown word', async () => {
  const lines = ['val_bpb | status | description', '1.2 | keep | baseline', '1.1 |  | x', '1.0 | ok (tie) | y']
  const { report, digest } = await collected(lines)
  expect(report).toContain('The status “ok (tie)” (1 row) has no known meaning, and one row has none')
  expect(digest.unknown?.again).toMatch(/ --status 'ok \(tie\)=keep'$/)
})

test('a baseline alone, crashes alone and keeps without a value are called what they are', async () => {
  const header = 'val_bpb | status | description'
  const title = async (...lines: string[]) => {
    const { title, page } = await collected([header, ...lines])
    return [title.slice('x · unknown machine: '.length), answer(page).title, answer(page).verdict]
  }
  expect(await title('1.2 | ok | first')).toEqual([
    'only the baseline was run',
    'Baseline only',
    'Only the baseline was run: its val_bpb is 1.2000.',
  ])
  expect(await title('0.0 | crash | a', '0.0 | crash | b')).toEqual([
    'no row has a value of val_bpb',
    'Nothing measured',
    'None of the 2 rows has a value of val_bpb.',
  ])
  expect(await title('1.2 | keep | a', '- | keep | b')).toEqual([
    'nothing kept with a value in 1 experiment',
    'Nothing kept with a value',
    "The one experiment was kept without a value, so there is nothing to compare with the baseline's val_bpb of 1.2000.",
  ])
  expect(await title('1.0 | keep | a', '1.1 | keep | b')).toEqual([
    'no gain in 1 kept change',
    'No gain',
    "No kept change is better than the baseline's val_bpb of 1.0000; the best has 1.1000.",
  ])
})

test('best and head are both said where they differ, and shares are of the gains over the best before', async () => {
  const { digest, report, page } = await collected([
    'commit | val_bpb | memory_gb | status | description',
    'aaaaaaa | 1.20 | 4.0 | keep | baseline',
    'bbbbbbb | 1.00 | 4.0 | keep | smaller rate',
    'ccccccc | 1.15 | 4.0 | keep | simpler code, kept though worse',
    'ddddddd | 1.10 | 4.0 | discard | longer warmup',
  ])
  expect(digest.bestSingleRun).toMatchObject({ best: 1, experiment: 1 })
  expect(digest.kept.map(k => [k.experiment, k.share])).toEqual([
    [1, 1],
    [2, null],
  ])
  expect(digest.deadEnds.map(d => Number(d.delta.toFixed(4)))).toEqual([-0.1])
  const both =
    'The best single run is 0001, with val_bpb 1.000000; the head is 0002, the last kept change, with 1.150000.'
  expect(report).toContain(both)
  expect(answer(page).details).toContainEqual({ key: 'head', text: both })
  expect(report).not.toMatch(/400%|removes lines|removing lines|better and yet discarded/)
  expect(page.frontierData.points.map(p => p.best)).toEqual([1.2, 1, 1, 1])
  expect(frontierCaption(page).reading).toContain('Kept changes off the line are worse than the best before them.')
  expect(waterfall(page)).toMatchObject({ steps: [{ number: '1' }], singleRuns: { best: 1 } })
  expect(waterfallCaption(page).reading).toContain('one kept change without a gain over the best before has none')
})

test('a last keep without a value is neither the best nor a measurement', async () => {
  const { digest, report, results, page } = await collected(
    [
      'commit | score | status | description',
      'aaaaaaa | 11 | keep | baseline',
      'bbbbbbb | 20 | keep | larger board',
      'ccccccc | - | keep | kept by eye, no score',
    ],
    { goal: 'maximize' },
  )
  expect(digest.bestSingleRun).toMatchObject({ baseline: 11, best: 20, gain: 9, experiment: 1 })
  expect(report).toContain('Not confirmed: score 11.000 → 20.000 in single runs.')
  expect(report).toContain('the head is 0002, the last kept change, which has no value.')
  expect(results).toContain('ccccccc\tnan\t0.0\tkeep\tkept by eye, no score\n')
  expect(frontier(page.frontierData)).toContain('>no value</text>')
  expect(page).toMatchObject({ best: 20, gain: 9 })
})

test('a table that starts over becomes two sessions, each with its own baseline; --one-session reads it as one', async () => {
  const lines = [
    'commit | val_bpb | memory_gb | status | description',
    'aaaaaaa | 2.60 | 26.9 | keep | baseline',
    'bbbbbbb | 2.50 | 26.9 | keep | smaller batch',
    'ccccccc | 1.80 | 20.7 | keep | baseline (this machine)',
    'ddddddd | 1.70 | 20.7 | keep | smaller batch',
  ]
  const { all } = await collected(lines)
  expect(all.map(({ id, digest }) => [id, digest?.bestSingleRun?.baseline, digest?.bestSingleRun?.best])).toEqual([
    ['undated-unknown-x', 2.6, 2.5],
    ['undated-unknown-x-2', 1.8, 1.7],
  ])
  for (const { source } of all) {
    expect(source.table).toMatchObject({ rows: 2, elsewhere: 2 })
    expect(source.warnings[0]).toMatchObject({
      code: 'several-sessions',
      text: expect.stringMatching(/line 4 \(“baseline \(this machine\)”\).*--one-session/),
    })
  }
  const one = await collected(lines, { 'one-session': true })
  expect(one.all).toHaveLength(1)
  expect(one.found.source.warnings.map(({ text }) => text)).toEqual([
    '0002 calls itself a baseline: what it has over the rows before may be no gain of a change.',
  ])
})
