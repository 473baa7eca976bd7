import './places.ts'
import { expect, test } from 'vitest'
import { sessionsRoot, workRoot } from '../../../scripts/lib/paths.ts'
import { nightshift } from '../../helpers/throwaway.ts'
import { setUp } from './setUp.ts'

test('`pnpm post --to pull-request` shows what it would send, and sends it with --yes', async () => {
  const { github, lab, root, id, commits } = await setUp()
  const env = { NIGHTSHIFT_SESSIONS: sessionsRoot, NIGHTSHIFT_WORK: workRoot, GITHUB_TOKEN: github.token }
  const run = (...args: string[]) =>
    nightshift(root, 'post', ['try', '--to', 'pull-request', '--api', github.api, '--remote', 'origin', ...args], env)
  const shown = await run()
  expect(shown.exitCode, shown.stderr).toBe(0)
  expect(shown.stdout).toContain('Push the new branch exp/cpu-abcd/try of the remote origin')
  expect(shown.stdout).toContain('----- description -----\nWith this branch val_bpb ')
  expect(shown.stderr).toContain('Nothing was sent. To send it:')
  expect(github.pulls).toEqual([])
  const sent = await run('--yes', '--json')
  expect(sent.exitCode, sent.stderr).toBe(0)
  expect(JSON.parse(sent.stdout)).toMatchObject({ to: 'pull-request', sessions: [id], sent: true })
  expect(github.pulls[0]?.body).toBe(JSON.parse(sent.stdout).plan.texts[1].text)
  expect(github.commitOf(lab, 'exp/cpu-abcd/try')).toBe(commits.at(-1))
  expect(shown.stdout + shown.stderr + sent.stdout + sent.stderr).not.toContain(github.token)
  const wrong = await nightshift(root, 'post', ['try', '--to', 'pull-request', '--api', github.api, '--yes'], {
    ...env,
    GITHUB_TOKEN: 'wrong-token-of-nobody',
  })
  expect(wrong.exitCode).toBe(2)
  expect(wrong.stderr).toContain('does not accept the token')
})

test('killed between any two steps and started again it opens one pull request', async () => {
  const { github, lab, root, commits } = await setUp()
  const env = { NIGHTSHIFT_SESSIONS: sessionsRoot, NIGHTSHIFT_WORK: workRoot, GITHUB_TOKEN: github.token }
  const args = ['try', '--to', 'pull-request', '--api', github.api, '--remote', 'origin', '--yes']
  for (const point of ['push recorded:1', 'branch pushed:1', 'posted:1']) {
    const killed = await nightshift(root, 'post', args, { ...env, NIGHTSHIFT_FAILPOINT: point })
    expect(killed.signal, `${point}: ${killed.stderr}`).toBe('SIGKILL')
  }
  const ended = await nightshift(root, 'post', args, env)
  expect(ended.exitCode, ended.stderr).toBe(0)
  expect(github.pulls).toHaveLength(1)
  expect(github.pulls[0]?.labels).toEqual(['autoresearch'])
  expect(github.commitOf(lab, 'exp/cpu-abcd/try')).toBe(commits.at(-1))
})
