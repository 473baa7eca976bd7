/** Which remote is synced with: its address, whether it is public, and that it is not Nightshift's own. */
import { chmod, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { userGitIn } from '../../../scripts/share/remote/userGit.ts'
import { isPath, readAddress } from '../../../scripts/share/sync/address.ts'
import { isReadableByAll, refuseOwnCheckout, sharesHistory } from '../../../scripts/share/sync/ownRepository.ts'
import { hostOf, isPublicHost } from '../../../scripts/share/sync/public.ts'
import { recallRemote, rememberRemote } from '../../../scripts/share/sync/remembered.ts'
import { openShareRepository } from '../../../scripts/share/sync/repository.ts'
import { readSyncRequest } from '../../../scripts/share/sync/request.ts'
import { git, nightshift, repository, scratch, write } from '../../helpers/throwaway.ts'
import { addSession, bareRepository, notebook } from './notebooks.ts'

test.each([
  ['/srv/git/sessions.git', null, false],
  ['./sessions.git', null, false],
  ['file:///srv/sessions.git', null, false],
  ['https://github.com/my-lab/sessions', 'github.com', true],
  ['https://ada:secret@GitHub.com:443/my-lab/sessions', 'github.com', true],
  ['git@github.com:my-lab/sessions.git', 'github.com', true],
  ['ssh://git@git.example.org:2222/sessions.git', 'git.example.org', true],
  ['ssh://git@[2606:4700::1]/x.git', '2606:4700::1', true],
  ['ssh://git@[fd00::1]/x.git', 'fd00::1', false],
  ['http://127.0.0.1:3000/x.git', '127.0.0.1', false],
  ['https://10.2.3.4/x.git', '10.2.3.4', false],
  ['https://172.32.0.1/x.git', '172.32.0.1', true],
  ['gpu-box:sessions.git', 'gpu-box', false],
  ['git@nas.local:sessions.git', 'nas.local', false],
  ['https://git.lab.internal/x.git', 'git.lab.internal', false],
  ['https://localhost/x.git', 'localhost', false],
  ['https://internal.evil.example/x.git', 'internal.evil.example', true],
  ['codecommit::us-east-1://sessions', '', true],
])('%s is on the host %s; public: %s', (url, host, isPublic) => {
  expect([hostOf(url), isPublicHost(hostOf(url))]).toEqual([host, isPublic])
})

test('a remote is a name or an address, is remembered without its password, and is else one error', async () => {
  const folder = await repository({ 'a.txt': 'a' })
  const work = join(await scratch(), 'work')
  await git(folder, 'remote', 'add', 'team', 'https://x:hunter22@git.lab.internal/sessions.git')
  const own = userGitIn(folder, process.env)
  const found = await readAddress('team', work, own, null)
  expect(found).toEqual({
    given: 'team',
    url: 'https://x:hunter22@git.lab.internal/sessions.git',
    address: 'https://git.lab.internal/sessions.git',
  })
  const typed = await readAddress('https://x:hunter22@git.lab.internal/sessions.git', work, own, null)
  expect(typed.given).toBe('https://git.lab.internal/sessions.git')
  expect((await readAddress('./r.git', work, own, null)).address).toBe(join(process.cwd(), 'r.git'))
  await git(folder, 'config', 'url./srv/git/.insteadOf', 'lab:')
  expect((await readAddress('lab:sessions.git', work, own, null)).url).toBe('/srv/git/sessions.git')
  expect(isPath('lab:x')).toBe(false)

  await expect(readAddress('teem', work, own, null)).rejects.toMatchObject({
    message: 'teem is neither a git address nor a remote of this repository.',
    advice: 'Did you mean team?',
  })
  await expect(readAddress('--upload-pack=x', work, own, null)).rejects.toThrow('is neither a git address')
  await expect(readAddress(null, work, own, null)).rejects.toMatchObject({
    message: 'No remote to sync with was given, and none is remembered.',
    advice: expect.stringContaining('  team  https://git.lab.internal/sessions.git'),
  })
  expect((await readAddress(null, work, own, async () => ' team ')).given).toBe('team')
  await rememberRemote(work, 'team')
  expect([await recallRemote(work), (await readAddress(null, work, own, null)).given]).toEqual(['team', 'team'])
})

test('a public host needs --public once, before anything is sent there', async () => {
  const root = join(await repository({ 'a.txt': 'a' }))
  const { stderr, exitCode } = await nightshift(root, 'sync', ['https://git.example.invalid/lab/sessions.git'])
  expect([exitCode, stderr]).toEqual([
    2,
    'error: https://git.example.invalid/lab/sessions.git is on a host that everyone on the internet can reach.\n' +
      '       Sessions hold your code, prose and results: see to it that the repository is private, or that they may be read by all. Then allow it, once: `npx pnpm sync --public` with the same address.',
  ])
})

test('the checkout of the notebook itself is refused, by path or address', async () => {
  const folder = await repository({ 'a.txt': 'a' })
  const own = userGitIn(folder, process.env)
  for (const url of [folder, `file://${folder}`, join(folder, '.git'), join(folder, '../repo/')])
    await expect(refuseOwnCheckout(url, url, own)).rejects.toThrow(`${url} is the repository of this notebook itself.`)
  await refuseOwnCheckout(await bareRepository(), 'other', own)
})

test('a fork of the notebook is known by its commits, also where only older ones are common; other repositories are not', async () => {
  const folder = await repository({ 'a.txt': 'a' })
  const person = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org']
  const fork = join(await scratch(), 'fork.git')
  await git('/', 'clone', '-q', '--bare', folder, fork)
  const clone = join(await scratch(), 'clone')
  await git('/', 'clone', '-q', fork, clone)
  await git(clone, ...person, 'commit', '-q', '--allow-empty', '-m', 'further')
  await git(clone, 'push', '-q')
  await git(fork, 'config', 'uploadpack.allowFilter', 'true')
  await git(folder, ...person, 'commit', '-q', '--allow-empty', '-m', 'also further')
  const look = async (url: string) => {
    const share = await openShareRepository({ url, address: url }, await scratch(), process.env)
    return sharesHistory(share, userGitIn(folder, process.env), process.env, {})
  }
  expect(await look(fork)).toBe(true)
  expect(await look(await repository({ 'a.txt': 'a', 'b.txt': 'b' }))).toBe(false)
  const sessions = await bareRepository()
  const own = await notebook(sessions)
  await addSession(own.root, '2026-11-20-cpu-abcd-one')
  await own.sync({ push: true })
  expect(await look(sessions)).toBe(false)
})

test('a repository is readable by all when it answers without a password, or it cannot be told', async () => {
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/open.git/info/refs')) response.end('')
    else response.writeHead(request.url?.startsWith('/private.git') ? 401 : 404, { 'www-authenticate': 'Basic' }).end()
  })
  onTestFinished(() => void server.close())
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const { port } = z.object({ port: z.number() }).parse(server.address())
  const at = (path: string) => isReadableByAll(`http://ada:secret@127.0.0.1:${port}/${path}`, 10_000)
  expect(await Promise.all(['open.git', 'private.git', 'gone.git'].map(at))).toEqual([true, false, false])
  expect(await isReadableByAll('https://127.0.0.1:1/x.git', 10_000)).toBe(true)
})

test('Ctrl-C ends git, and says that the next sync goes on', async () => {
  const folder = await scratch()
  const root = join(folder, 'repo')
  // Sends the signal to git's parent, the command.
  await write(folder, {
    'repo/a.txt': 'a',
    'ssh.sh': '#!/bin/sh\n[ "$1" = -G ] && exit 1\nkill -INT $(ps -o ppid= -p $PPID)\nexec sleep 600\n',
  })
  const env = { GIT_SSH: join(folder, 'ssh.sh') }
  const { stderr, exitCode } = await nightshift(root, 'sync', ['gpu-box:sessions.git'], env)
  expect([exitCode, stderr]).toEqual([2, 'error: Stopped.\n       The next sync goes on.'])
})

test('a remote that cannot be reached, or says nothing, is one error, and nothing runs on', async () => {
  const missing = await notebook('/nowhere/sessions.git')
  await expect(missing.sync()).rejects.toThrow(
    /^Could not list the branches of \/nowhere\/sessions\.git: there is no such repository/,
  )
  const folder = await scratch()
  const ssh = join(folder, 'ssh.sh')
  await write(folder, { 'ssh.sh': `#!/bin/sh\n[ "$1" = -G ] && exit 1\necho $$ > ${folder}/pid\nexec sleep 600\n` })
  await chmod(ssh, 0o755)
  const own = await notebook('gpu-box:sessions.git')
  own.env = { ...process.env, GIT_SSH: ssh }
  await expect(own.sync({ timeout: '1s' })).rejects.toThrow(
    'Could not list the branches of gpu-box:sessions.git: it does not answer. git: no word from the remote for 1 s.',
  )
  const pid = (await readFile(join(folder, 'pid'), 'utf8')).trim()
  // A zombie, where nobody waits for it, has ended too.
  const { stdout } = await execa('ps', ['-o', 'stat=', '-p', pid], { reject: false })
  expect(stdout.trim()).toMatch(/^(?:Z.*)?$/)
})

test('flags that cannot be read, or that go with the other direction, are one error each', () => {
  const now = new Date('2026-11-28T12:00:00Z')
  const since = (text: string) => readSyncRequest({ since: text }, undefined, now).since?.toISOString()
  expect([since('7d'), since('12h'), since('2026-11-21')]).toEqual([
    '2026-11-21T12:00:00.000Z',
    '2026-11-28T00:00:00.000Z',
    '2026-11-21T00:00:00.000Z',
  ])
  expect(() => since('yesterday')).toThrow('--since yesterday is neither a date nor a time span.')
  expect(() => readSyncRequest({ timeout: '0s' }, undefined, now)).toThrow('--timeout 0s is not a time')
  expect(() => readSyncRequest({ name: '../x' }, undefined, now)).toThrow(
    "--name ../x is not a name of a machine's branch",
  )
  expect(readSyncRequest({ name: 'sessions/a' }, undefined, now).name).toBe('a')
  expect(() => readSyncRequest({ push: true, verified: true }, undefined, now)).toThrow(
    '--verified has no meaning with --push alone.',
  )
  expect(() => readSyncRequest({ pull: true, 'with-logs': true }, undefined, now)).toThrow(
    '--with-logs has no meaning with --pull alone.',
  )
  expect(readSyncRequest({ push: true, pull: true, verified: true }, undefined, now)).toMatchObject({
    push: true,
    pull: true,
  })
})
