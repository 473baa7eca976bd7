/** What a node composes of a policy is what the harness composes of it. */
import { existsSync, lstatSync, readlinkSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readlink, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { NodeSandbox } from '../../../scripts/engines/nodeJob.ts'
import { notebook } from '../../../scripts/lib/paths.ts'
import { furnishHome } from '../../../scripts/lib/sandbox/home.ts'
import { privatePaths } from '../../../scripts/lib/sandbox/privatePaths.ts'
import { findSandbox, type Policy, sandboxedCommand } from '../../../scripts/lib/sandbox/sandbox.ts'
import { scratch, write } from '../../helpers/throwaway.ts'
import { isOldForm } from '../../lib/sandbox/inside.ts'
import { nodeSandboxOf } from './composition.ts'
import { callOnNode } from './modules.ts'

/** Not in /tmp, where everything is hidden. */
async function folder(): Promise<string> {
  await mkdir(join(notebook, 'node_modules/.cache'), { recursive: true })
  const path = await mkdtemp(join(notebook, 'node_modules/.cache/nightshift-'))
  onTestFinished(() => rm(path, { recursive: true }))
  return path
}

/** Every kind of rule, with links, and paths in one another. */
async function richPolicy(network: Policy['network']): Promise<Policy> {
  const root = await folder()
  const inTmp = await scratch()
  await write(root, {
    'secret/file': '',
    'secret/shown/deep/key': '',
    'slot/file': '',
    'keys/key': '',
    'alone.txt': '',
  })
  await write(inTmp, { data: '' })
  await symlink('keys', join(root, 'by-link'))
  const at = (name: string) => join(root, name)
  for (const name of ['home', 'tmp']) await mkdir(at(name))
  return {
    writable: [at('secret/shown/deep'), at('slot'), at('home')],
    hidden: [at('secret'), at('secret/file'), at('by-link'), at('alone.txt'), at('missing'), '/root/.ssh'],
    readable: [at('secret/shown'), at('slot/file'), at('none'), inTmp],
    home: at('home'),
    tmp: at('tmp'),
    network,
    relay: null,
  }
}

const mechanisms = process.platform === 'linux' ? (['bubblewrap', 'namespaces', 'landlock'] as const) : []

for (const mechanism of mechanisms) {
  const found = await findSandbox(mechanism)
  if (found.sandbox === null) {
    test.skip(`${mechanism}: ${found.why.map(({ reason }) => reason).join()}`)
    continue
  }
  const { sandbox } = found
  const forms =
    mechanism === 'namespaces' && !isOldForm(sandbox) ? [sandbox, { ...sandbox, options: ['each'] }] : [sandbox]

  test(`${mechanism}: the same words, in the same order`, async () => {
    for (const form of forms)
      for (const network of ['local', 'none', 'all'] as const) {
        const policy = await richPolicy(network)
        const argv = callOnNode('sandbox', 'sandboxed_argv', nodeSandboxOf(form, policy), ['a', '-b c'])
        expect(argv).toEqual(sandboxedCommand(form, policy, ['a', '-b c']))
      }
  })

  test(`${mechanism}: the node finds that it holds`, () => {
    const { program, options, holds } = sandbox
    expect(callOnNode('probe', 'probe', mechanism)).toEqual([{ mechanism, program, options, holds }, []])
  })
}

/** No program of it is started. */
const plain = (policy: Partial<NodeSandbox['policy']>, caches: string[] = []): NodeSandbox => ({
  mechanism: 'landlock',
  program: '/usr/bin/perl',
  options: [],
  policy: { writable: [], hidden: [], readable: [], home: '/', tmp: '/', network: 'local', ...policy },
  caches,
})

test('a writable path that is not there, or that holds a hidden one, is one error', async () => {
  const root = await folder()
  await write(root, { 'slot/secret': '' })
  const argv = (policy: Partial<NodeSandbox['policy']>) => () =>
    callOnNode('sandbox', 'sandboxed_argv', plain(policy), ['true'])
  expect(argv({ writable: [join(root, 'none')] })).toThrow(
    `The sandbox cannot make ${join(root, 'none')} writable: it is not there`,
  )
  expect(argv({ writable: [join(root, 'slot')], hidden: [join(root, 'slot/secret')] })).toThrow(
    `The sandbox cannot hide ${join(root, 'slot/secret')}, which lies inside a folder that it lets a run write to`,
  )
})

test('what a run’s variables name in /tmp of the node stays readable, but for what is hidden', async () => {
  // Wherever this test's own temporary folder is.
  const [data, hidden] = [await mkdtemp('/tmp/nightshift-'), await mkdtemp('/tmp/nightshift-')]
  onTestFinished(async () => {
    for (const folder of [data, hidden]) await rm(folder, { recursive: true })
  })
  await write(hidden, { file: '' })
  const env = {
    PATH: `/usr/bin:${data}:relative`,
    DATA: `${hidden}/file`,
    TMPDIR: join(data, '..'),
    ALL: '/tmp',
    NONE: '/tmp/nightshift-none',
    ODD: '/tmp/a\0b',
  }
  const named = callOnNode('policy', 'named_in', env, [hidden])
  expect(named).toEqual([data])
})

test('entering makes home, temporary folder and caches, and follows no link that a run left in the caches', async () => {
  const root = await folder()
  const at = (name: string) => join(root, name)
  await write(root, { 'user/.ssh/key': '', 'user/data/file': '', 'caches/kept/kernel': '' })
  await symlink(at('elsewhere'), at('caches/planted'))
  const caches = ['kept', 'planted', 'new'].map(name => at(`caches/${name}`))
  const policy = { writable: [at('caches')], hidden: [at('user/.ssh')], home: at('work/home'), tmp: at('work/tmp') }
  const env = { PATH: '/usr/bin', HOME: at('user') }
  const [argv, variables] = callOnNode<[string[], Record<string, string>]>(
    'sandbox',
    'enter',
    plain({ ...policy, writable: [at('caches')] }, caches),
    ['true'],
    env,
    at('user'),
  )
  expect(argv.slice(-2)).toEqual(['--', 'true'])
  expect(variables).toEqual({ PATH: '/usr/bin', HOME: at('work/home'), TMPDIR: at('work/tmp') })
  expect(await readdir(at('work/home'))).toEqual(['data'])
  expect(readlinkSync(at('work/home/data'))).toBe(at('user/data'))
  expect(existsSync(at('elsewhere'))).toBe(false)
  expect(existsSync(at('caches/kept/kernel'))).toBe(true)
  for (const name of ['caches/new', 'work/tmp']) expect(lstatSync(at(name)).mode & 0o777, name).toBe(0o700)
})

test('the home of a run is the one that this machine’s runs get', async () => {
  const [real, ofHarness, ofNode] = [await scratch(), await scratch(), await scratch()]
  const many = Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`.cache/huggingface/datasets/big/${i}`, '']))
  await write(real, {
    '.cache/uv/archive-v0/wheel': '1',
    '.cache/uv/.lock': '',
    '.cache/uv/interpreter-v5/python': '1',
    '.cache/huggingface/hub/model': '2',
    '.cache/huggingface/token': 'key',
    '.cache/huggingface/datasets/text.lock': '',
    '.cache/huggingface/datasets/text/default/0.0.0/data.arrow': '7',
    '.cache/huggingface/datasets/downloads/part': '8',
    ...many,
    '.local/lib/python3/site.py': '3',
    '.ssh/id_ed25519': 'key',
    '.triton/cache/kernel': '5',
    '.config/matplotlib/style': '',
    'data/train.bin': '6',
  })
  await furnishHome(ofHarness, real)
  for (let time = 0; time < 2; time++) callOnNode('home', 'furnish_home', ofNode, real, privatePaths(real, {}))
  expect(await treeOf(ofNode)).toEqual(await treeOf(ofHarness))
  expect(await readlink(join(ofNode, '.cache/huggingface/datasets/big'))).toBe(
    join(real, '.cache/huggingface/datasets/big'),
  )
})

/** Every folder and link with its target. */
async function treeOf(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const lines = entries.map(async entry => {
    const path = join(entry.parentPath, entry.name)
    return `${path.slice(root.length)} ${entry.isSymbolicLink() ? await readlink(path) : ''}`
  })
  return (await Promise.all(lines)).sort()
}
