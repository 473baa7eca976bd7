import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readlink, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test, vi } from 'vitest'
import { notebook } from '../../../scripts/lib/paths.ts'
import { furnishHome } from '../../../scripts/lib/sandbox/home.ts'
import { rulesOf } from '../../../scripts/lib/sandbox/policy.ts'
import { privatePaths } from '../../../scripts/lib/sandbox/privatePaths.ts'
import { findSandbox, type Policy, type Sandbox, sandboxedCommand } from '../../../scripts/lib/sandbox/sandbox.ts'
import { scratch, write } from '../../helpers/throwaway.ts'

/** Not in /tmp, where everything is hidden. */
async function folder(): Promise<string> {
  await mkdir(join(notebook, 'node_modules/.cache'), { recursive: true })
  const path = await mkdtemp(join(notebook, 'node_modules/.cache/nightshift-'))
  onTestFinished(() => rm(path, { recursive: true }))
  return path
}

const policyIn = (root: string, paths: Partial<Policy>): Policy => ({
  writable: [],
  hidden: [],
  readable: [],
  home: root,
  tmp: root,
  network: 'local',
  relay: null,
  ...paths,
})

test('rules go from the outermost path to the innermost, and what changes nothing has none', async () => {
  const root = await folder()
  await write(root, { 'secret/file': '', 'secret/shown/deep/key': '', 'slot/file': '', beside: '' })
  const at = (name: string) => join(root, name)
  const policy = policyIn(root, {
    writable: [at('secret/shown/deep'), at('slot')],
    hidden: [at('secret'), at('secret/file'), at('missing')],
    readable: [at('secret/shown'), at('slot/file'), at('beside')],
  })
  const rules = rulesOf(policy).filter(({ path }) => path.startsWith(root))
  expect(rules.map(({ path, access }) => [path.slice(root.length + 1), access])).toEqual([
    ['secret', 'hide'],
    ['slot', 'write'],
    ['secret/shown', 'read'],
    ['secret/shown/deep', 'write'],
  ])
})

test('a link is followed, so that what it leads to is hidden and writable', async () => {
  const root = await folder()
  await write(root, { 'keys/key': '', 'slot/file': '' })
  await symlink('keys', join(root, 'by-link'))
  await symlink('slot', join(root, 'work'))
  const policy = policyIn(root, { hidden: [join(root, 'by-link')], writable: [join(root, 'work')] })
  const rules = rulesOf(policy).filter(({ path }) => path.startsWith(root))
  expect(rules).toEqual([
    { path: join(root, 'keys'), access: 'hide', isFolder: true },
    { path: join(root, 'slot'), access: 'write', isFolder: true },
  ])
})

test('a writable path that is not there, or that holds a hidden one, is one error', async () => {
  const root = await folder()
  await write(root, { 'slot/secret': '' })
  const rules = (paths: Partial<Policy>) => () => rulesOf(policyIn(root, paths))
  expect(rules({ writable: [join(root, 'none')] })).toThrow(`The sandbox cannot make ${join(root, 'none')} writable`)
  const both = { writable: [join(root, 'slot')], hidden: [join(root, 'slot/secret')] }
  expect(rules(both)).toThrow(`The sandbox cannot hide ${join(root, 'slot/secret')}`)
})

test('sandbox-exec gets paths as parameters, never as text of its profile', async () => {
  const root = await folder()
  const odd = join(root, 'odd ") (allow file-write* (subpath "')
  await write(root, { 'secret/key': '', 'file.txt': '' })
  await mkdir(odd)
  const sandbox: Sandbox = {
    mechanism: 'seatbelt',
    program: '/usr/bin/sandbox-exec',
    options: ['process rules'],
    holds: { signals: true, processes: false, network: true, temporary: false },
  }
  const argv = (network: Policy['network']) =>
    sandboxedCommand(sandbox, policyIn(root, { writable: [odd], hidden: [join(root, 'secret')], network, tmp: odd }), [
      'true',
      'a b',
    ])
  const words = argv('local')
  const profile = words[words.indexOf('-p') + 1] ?? ''
  expect(words[0]).toBe('/usr/bin/sandbox-exec')
  expect(words.slice(-2)).toEqual(['true', 'a b'])
  expect(profile).not.toContain(root)
  const index = words.find(word => word.endsWith(`=${odd}`))?.split('=')[0]
  expect(words).toContain(`${index}=${odd}`)
  expect(profile).toContain(`(allow file-read* file-write* (subpath (param "${index}")))`)
  const secret = words.find(word => word.endsWith(`=${join(root, 'secret')}`))?.split('=')[0]
  expect(profile).toContain(`(deny file-read* file-write* (subpath (param "${secret}")))`)
  expect(profile).toContain('(deny network*)')
  expect(profile).toContain('(allow network* (remote unix-socket))')
  expect(argv('none').join()).not.toContain('unix-socket')
  expect(argv('all').join()).not.toContain('network')
  expect(profile.split('(').length).toBe(profile.split(')').length)
})

test('the home of a run has links to what lies in the user’s, and nothing that is private or that runs write', async () => {
  const real = await scratch()
  const home = await scratch()
  await write(real, {
    '.cache/uv/archive-v0/wheel': '1',
    '.cache/uv/.lock': '',
    '.cache/uv/interpreter-v5/python': '1',
    '.cache/huggingface/hub/model': '2',
    '.cache/huggingface/token': 'key',
    '.cache/huggingface/datasets/text.lock': '',
    '.cache/huggingface/datasets/text/default/0.0.0/data.arrow': '7',
    '.cache/huggingface/datasets/text/default/0.0.0_builder.lock': '',
    '.cache/huggingface/datasets/downloads/part': '8',
    '.local/lib/python3/site.py': '3',
    '.ssh/id_ed25519': 'key',
    '.cache/other/file': '4',
    '.triton/cache/kernel': '5',
    'data/train.bin': '6',
  })
  await furnishHome(home, real)
  await furnishHome(home, real)
  // Each call of uv locks its cache and writes to it, so a run has its own, with what others left linked.
  expect(await readdir(join(home, '.cache/uv'))).toEqual(['archive-v0'])
  expect(await readlink(join(home, '.cache/uv/archive-v0'))).toBe(join(real, '.cache/uv/archive-v0'))
  // `datasets` locks a data set to read it.
  const hub = join(home, '.cache/huggingface')
  expect((await readdir(hub)).sort()).toEqual(['datasets', 'hub'])
  expect((await readdir(join(hub, 'datasets'))).sort()).toEqual(['downloads', 'text'])
  expect(await readdir(join(hub, 'datasets/text/default'))).toEqual(['0.0.0'])
  for (const name of ['datasets/text/default/0.0.0/data.arrow', 'datasets/downloads', 'hub'])
    expect(await readlink(join(hub, name))).toBe(join(real, '.cache/huggingface', name))
  expect(await readlink(join(home, '.local/lib'))).toBe(join(real, '.local/lib'))
  expect(await readlink(join(home, '.ssh')).catch(() => null)).toBe(null)
  for (const name of ['.cache/other', 'data']) expect(await readlink(join(home, name))).toBe(join(real, name))
  expect(await readlink(join(home, '.triton')).catch(() => null)).toBe(null)
})

test('private paths are those of the home, of the machine, and what variables name', () => {
  const paths = privatePaths('/home/person', {
    SSH_AUTH_SOCK: '/run/agent',
    KRB5CCNAME: 'FILE:/var/tickets',
    GNUPGHOME: 'keys',
  })
  for (const path of [
    '/home/person/.ssh',
    '/home/person/.netrc',
    '/home/person/.vscode-server',
    '/run/docker.sock',
    '/run/user',
    '/run/agent',
    '/var/tickets',
  ])
    expect(paths).toContain(path)
  expect(paths.every(path => path.startsWith('/'))).toBe(true)
  expect(new Set(paths).size).toBe(paths.length)
})

test('a bubblewrap that cannot keep a run from making namespaces is not taken', async () => {
  const folder = await scratch()
  await write(folder, { 'bwrap.sh': '#!/bin/sh\necho "bwrap: Unknown option --disable-userns" >&2\nexit 1\n' })
  await rename(join(folder, 'bwrap.sh'), join(folder, 'bwrap'))
  vi.stubEnv('PATH', `${folder}:${process.env.PATH}`)
  onTestFinished(() => void vi.unstubAllEnvs())
  const reason = 'bwrap is older than 0.8, and would let a run make namespaces'
  const system = process.platform === 'linux' ? [{ mechanism: 'bubblewrap', reason }] : []
  expect(await findSandbox('bubblewrap')).toMatchObject({ sandbox: null, why: system })
})

const linux = process.platform === 'linux' ? await findSandbox('bubblewrap') : null

// In a sandbox no user namespace can be made: it is a machine on which they are switched off.
if (linux?.sandbox)
  test('without user namespaces there is Landlock, and the reasons are told for the others', async () => {
    const { sandbox } = linux
    const root = await folder()
    const [home, tmp] = [join(root, 'home'), join(root, 'tmp')]
    for (const path of [home, tmp]) await mkdir(path)
    const script = `
      import { findSandbox } from '${join(notebook, 'scripts/lib/sandbox/sandbox.ts')}'
      console.log(JSON.stringify([await findSandbox(), await findSandbox('bubblewrap'), await findSandbox('namespaces')]))`
    const policy = policyIn(root, { writable: [home], home, tmp, readable: [notebook, process.execPath] })
    const [file = '', ...args] = sandboxedCommand(sandbox, policy, [
      process.execPath,
      '--input-type=module',
      '-e',
      script,
    ])
    const { stdout } = await promisify(execFile)(file, args, { cwd: home, env: { ...process.env, TMPDIR: '/tmp' } })
    const [found, bubblewrap, namespaces] = JSON.parse(stdout)
    expect(found.sandbox).toMatchObject({ mechanism: 'landlock', holds: { processes: false, network: false } })
    expect(bubblewrap).toMatchObject({ sandbox: null, why: [{ mechanism: 'bubblewrap' }] })
    expect(namespaces.why[0].reason).toBe('this user may create no namespaces: No space left on device')
    expect(bubblewrap.advice).toContain('docs/sandbox.md')
  })
