/** A folder of data, as records have it, as runs get it, and as a command of a shell names it. */
import { homedir } from 'node:os'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { argument } from '../../scripts/lib/command.ts'
import { assignedData, dataOfRuns, recordedData } from '../../scripts/program/data.ts'

const home = homedir()

test.each([
  ['climbmix:20', '/lab/code', '/lab', 'climbmix:20', 'climbmix:20'],
  ['folder:rows', '/lab/code', '/lab', 'folder:code/rows', 'folder:/lab/code/rows'],
  ['folder:.', '/lab', '/lab', 'folder:.', 'folder:/lab'],
  ['folder:../rows', '/lab', '/lab', 'folder:../rows', 'folder:/rows'],
  ['folder:/data/rows', '/lab', '/lab', 'folder:/data/rows', 'folder:/data/rows'],
  ['folder:~/rows', '/lab', '/lab', 'folder:~/rows', `folder:${home}/rows`],
  [`folder:${home}/my rows`, '/lab', '/lab', 'folder:~/my rows', `folder:${home}/my rows`],
  [`folder:${home}`, '/lab', `${home}/lab`, 'folder:~', `folder:${home}`],
  // From there the way to the home folder would name it.
  ['folder:rows', `${home}/texts`, '/elsewhere/lab', 'folder:~/texts/rows', `folder:${home}/texts/rows`],
  ['folder:rows', `${home}/texts`, `${home}/lab`, 'folder:../texts/rows', `folder:${home}/texts/rows`],
])('%s, written in %s of %s', (written, folder, root, recorded, given) => {
  expect(recordedData(written, folder, root)).toBe(recorded)
  expect(dataOfRuns(recorded, root)).toBe(given)
})

test.each([
  'climbmix:20',
  'folder:rows',
  'folder:.',
  'folder:../its rows',
  'folder:its  two spaces',
  'folder:/data/نیم\u200cفاصله',
  'folder:/data/a b',
  'folder:~/$rows',
  "it's",
])('a command assigns %s as runs get it', async data => {
  const line = `top='/my lab'; ${assignedData(data, '"$top"', argument)} sh -c 'printf %s "$NIGHTSHIFT_DATA"'`
  const { stdout } = await execa('sh', ['-c', line])
  expect(dataOfRuns(stdout, '/')).toBe(dataOfRuns(data, '/my lab'))
})
