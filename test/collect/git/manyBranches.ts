/** A repository as GitHub has them after a year of autoresearch: many branches, each with its own session and table. */
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { execa } from 'execa'
import { git } from '../../helpers/throwaway.ts'
import { header } from '../foreignRepository.ts'

export interface Size {
  branches: number
  /** Commits of each branch after the first one, which all have in common; each has a row of the branch's table. */
  commits: number
  /** Files beside train.py, 20 in a folder. */
  files: number
  /** The branch whose table has a row for each commit; the others' tables lack the last row. */
  longest: number
}

export const branchName = (b: number): string => `exp/${String(b).padStart(3, '0')}`

/**
 * Makes a bare repository with the branches exp/000, exp/001, …: a commit a change of train.py, and last the table, in
 * which every third row is kept. `main`, the checked-out one, has no table.
 */
export async function manyBranches(folder: string, { branches, commits, files, longest }: Size): Promise<string> {
  const root = join(folder, 'many.git')
  const marks = join(folder, 'marks')
  await mkdir(root)
  await git(root, 'init', '-q', '--bare', '-b', 'main')
  const each = (of: (b: number) => string[]) => Array.from({ length: branches }, (_, b) => of(b)).flat()
  const mark = (b: number, c: number) => (c === 0 ? 1 : 1 + b * commits + c)
  const others = Array.from({ length: files }, (_, i) => file(`lib/${Math.floor(i / 20)}/${i % 20}.py`, `F = ${i}\n`))
  const code = (b: number) =>
    Array.from({ length: commits }, (_, i) =>
      commit(branchName(b), mark(b, i + 1), mark(b, i), `LR to ${i + 1}`, file('train.py', `LR = ${b}.${i + 1}\n`)),
    )
  await fastImport(root, marks, [
    commit('main', 1, null, 'target', file('train.py', 'LR = 0\n') + others.join('')),
    ...each(code),
  ])
  const lines = (await readFile(marks, 'utf8')).trim().split('\n')
  const shas = new Map(lines.map(line => [Number(line.slice(1, line.indexOf(' '))), line.slice(line.indexOf(' ') + 1)]))
  const table = (b: number) => {
    const rows = Array.from({ length: b === longest ? commits + 1 : commits }, (_, c) =>
      [
        shas.get(mark(b, c))?.slice(0, 7),
        (2 - c / 1e4).toFixed(6),
        '4.0',
        c % 3 === 0 ? 'keep' : 'discard',
        `LR to ${c}`,
      ].join('\t'),
    )
    return commit(
      branchName(b),
      10 ** 7 + b,
      mark(b, commits),
      'results',
      file('results.tsv', `${header}${rows.join('\n')}\n`),
    )
  }
  await fastImport(
    root,
    marks,
    each(b => [table(b)]),
  )
  return root
}

/** `at` is the commit's mark: its time is five minutes after that of the mark before it. */
function commit(branch: string, at: number, from: number | null, subject: string, contents: string): string {
  const parent = from === null ? '' : `from :${from}\n`
  return `commit refs/heads/${branch}\nmark :${at}\ncommitter P <p@example.org> ${1_700_000_000 + at * 300} +0000\n${data(subject)}${parent}${contents}\n`
}

const file = (path: string, text: string): string => `M 100644 inline ${path}\n${data(text)}`
const data = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`

async function fastImport(root: string, marks: string, stream: string[]): Promise<void> {
  const flags = ['--quiet', `--import-marks-if-exists=${marks}`, `--export-marks=${marks}`]
  await execa('git', ['fast-import', ...flags], { cwd: root, input: Readable.from(stream) })
}
