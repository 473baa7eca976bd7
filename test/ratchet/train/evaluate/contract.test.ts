/** The keys `evaluate` and `hide`: how they are read, and what they may not name. */
import { homedir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readProgram } from '../../../../scripts/program/read.ts'
import { hiddenPaths } from '../../../../scripts/ratchet/train/evaluate/hidden.ts'
import { evaluatorNote, evaluatorOf } from '../../../../scripts/ratchet/train/measurement.ts'
import { nightshift, repository } from '../../../helpers/throwaway.ts'

const frontmatter = (keys: string) => `---\nedit: guess.js\nrun: node guess.js\nmetric: right\n${keys}---\nx\n`
const contents = (keys: string) => ({
  'guess.js': '1',
  'score.js': '1',
  'answers/a.txt': '1',
  'program.md': frontmatter(keys),
})

test('a command is run after the run, and serve beside it', async () => {
  const read = async (keys: string) =>
    (await readProgram(join(await repository(contents(keys)), 'program.md'))).contract
  expect(await read('evaluate: node score.js\n')).toMatchObject({
    evaluate: { after: 'node score.js', serve: null },
    hide: [],
  })
  expect(await read('evaluate: { serve: node score.js }\nhide: [./answers/, cache:held-out]\n')).toMatchObject({
    evaluate: { after: null, serve: 'node score.js' },
    hide: ['answers', 'cache:held-out'],
  })
  expect(await read('')).toMatchObject({ evaluate: null, hide: [] })
})

test.each([
  ['evaluate: 3\n', /evaluate: found 3\.\s+It takes a command, or \{ serve: COMMAND \}/],
  ['evaluate: {}\n', /evaluate: found \{\}\.\s+It takes a command, or \{ serve: COMMAND \}/],
  ['evaluate: { start: x }\n', /unknown key evaluate\.start/],
  ['evaluate: node guess.js\n', /evaluate: guess\.js is in edit, so an agent would write what measures its runs/],
  ['hide: guess.js\n', /hide: guess\.js is in edit, and a run executes it/],
  ['hide: .\n', /hide: guess\.js is in edit, and a run executes it/],
  ['hide: /etc\n', /hide: found "\/etc"\.\s+It takes paths relative/],
  ['hide: ../x\n', /\.\.\/x is outside the repository/],
  ['hide: cache:../x\n', /takes names inside of the cache folder/],
  ['hide: missing\n', /hide: missing is neither tracked at HEAD nor in link/],
  ['hide: answers\nfreeze: [score.js, answers/a.txt]\n', /answers\/a\.txt is in both freeze and hide/],
  ['hide: score.js\nsetup: node score.js\n', /hide: score\.js is named by setup, which could not read it/],
])('%j is one error', async (keys, message) => {
  const root = await repository(contents(keys))
  const flags = ['--program', 'program.md', '--experiments', '0', '--agent', 'tuner', '--dry-run']
  const { exitCode, stderr } = await nightshift(root, 'session', flags)
  expect(exitCode).toBe(2)
  expect(stderr.replace(/\s+/g, ' ')).toMatch(message)
})

test('every copy of a hidden path is hidden, and git’s folder where it is tracked', () => {
  const places = { root: '/repo', gitDirectories: ['/repo/.git'], worktrees: ['/work/slot-0'] }
  const hide = ['answers', 'cache:held-out']
  const own = ['/repo/answers', '/work/slot-0/answers']
  const at = (env: NodeJS.ProcessEnv, hasTracked = false) => hiddenPaths({ hide }, places, hasTracked, env)
  expect(at({ NIGHTSHIFT_CACHE: '/c' })).toEqual(['/c/held-out', ...own])
  expect(at({ NIGHTSHIFT_CACHE: '~/c' })[0]).toBe(join(homedir(), 'c/held-out'))
  expect(at({ XDG_CACHE_HOME: '/x' }, true)).toEqual(['/x/nightshift/held-out', ...own, '/repo/.git'])
})

test('outside of Linux a served session measures itself, and is told so', () => {
  const serve = { target: '.', evaluate: { after: null, serve: 'node score.js' } }
  const after = { target: '.', evaluate: { after: 'node score.js', serve: null } }
  expect(evaluatorOf(serve, ['score.js'], 'linux')).toBe('score.js')
  expect(evaluatorOf(serve, ['score.js'], 'darwin')).toBeNull()
  expect(evaluatorOf(after, ['score.js'], 'darwin')).toBe('score.js')
  expect(evaluatorOf({ ...after, evaluate: { after: 'make score', serve: null } }, [])).toBe('make score')
  expect(evaluatorNote(serve, 'darwin')).toContain('needs Linux')
  expect([evaluatorNote(serve, 'linux'), evaluatorNote(after, 'darwin')]).toEqual([null, null])
})
