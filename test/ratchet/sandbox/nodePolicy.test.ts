/** What a run on a node may do: a session's rules, and that the node's sandboxes hold them. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { nodePaths } from '../../../scripts/engines/remote/paths.ts'
import { notebook, sessionsRoot, workRoot } from '../../../scripts/lib/paths.ts'
import { findSandbox } from '../../../scripts/lib/sandbox/sandbox.ts'
import { chooseOnNode } from '../../../scripts/ratchet/sandbox/find.ts'
import { nodeSandbox, type RunOnNode } from '../../../scripts/ratchet/sandbox/nodePolicy.ts'
import { sandboxText } from '../../../scripts/ratchet/sandbox/record.ts'
import { factsOf } from '../../engines/facts.ts'
import { callOnNode } from '../../engines/node/modules.ts'
import { write } from '../../helpers/throwaway.ts'

const contract = { sandbox: 'auto', network: 'local', evaluate: null, hide: ['cache:held_out', 'data/secret'] } as const

const paths = nodePaths('/scratch/ana/s1', 0, 's1-0001-1-1')
const run: RunOnNode = {
  paths,
  facts: factsOf({ env: { HOME: '/home/ana', NETRC: '/etc/netrc-of-ana' } }),
  isBaseline: false,
  env: { PATH: '/usr/bin', HOME: '/home/ana' },
  links: ['/data/set', '~/models'],
  isOwn: true,
  shared: null,
}
const made = (changes: Partial<RunOnNode> = {}, changed: object = {}) =>
  nodeSandbox({ ...contract, hide: [...contract.hide], ...changed }, { ...run, ...changes })

test('a run writes to its own folders and the caches of its kind', () => {
  const own = [paths.tree, paths.run, paths.given, paths.home]
  expect(made()?.sandbox.policy.writable).toEqual([...own, paths.caches.candidates])
  expect(made({ isBaseline: true })?.sandbox.policy.writable).toEqual([...own, paths.caches.baseline])
  expect(made({}, { evaluate: { after: 'measure' } })?.sandbox.policy.writable).toEqual([
    ...own,
    paths.caches.candidates,
    paths.output,
  ])
})

test('the place of the session, what is private on the node, and what the target hides there are hidden', () => {
  const hidden = made()?.sandbox.policy.hidden
  for (const path of ['/scratch/ana/s1', '/home/ana/.ssh', '/etc/netrc-of-ana', '/home/ana/.cache/nightshift/held_out'])
    expect(hidden).toContain(path)
  for (const path of [workRoot, sessionsRoot, join(homedir(), '.ssh')]) expect(hidden).not.toContain(path)
})

test('on a shared file system, so is what this machine’s runs may not read, but for the run’s own tree', () => {
  const hidden = made({ shared: ['/repo/data/secret', `${paths.tree}/data/secret`] })?.sandbox.policy.hidden
  for (const path of [workRoot, sessionsRoot, '/repo/data/secret']) expect(hidden).toContain(path)
  expect(hidden).not.toContain(`${paths.tree}/data/secret`)
})

test('data of links, the trainer’s cache and the named Python stay readable, unless the first two are hidden', () => {
  const python = { ...(run.facts.python as NonNullable<typeof run.facts.python>), folders: ['/tmp/env', '/usr'] }
  const facts = factsOf({ pythonFolder: '/tmp/env/bin', python })
  const readable = (links: string[]) => made({ facts, links })?.sandbox.policy.readable
  expect(readable(['/data/set', '~/models', '/home/ana/.ssh/keys', '/scratch/ana/s1/evaluation'])).toEqual([
    ...['/home/ana/.cache/nightshift', '/data/set', '/home/ana/models'],
    ...['/tmp/env/bin', '/tmp/env', '/usr'],
  ])
})

test('its variables name the node’s caches, and their folders are made there', () => {
  const env = { ...run.env, XDG_CACHE_HOME: '/scratch/cache', JAX_COMPILATION_CACHE_DIR: '/old' }
  const found = made({ env, isOwn: false })
  expect(found?.env).toMatchObject({
    NIGHTSHIFT_CACHE: '/scratch/cache/nightshift',
    NIGHTSHIFT_COMPILED: `${paths.caches.candidates}/trainer`,
    TORCHINDUCTOR_CACHE_DIR: `${paths.caches.candidates}/inductor`,
    JAX_COMPILATION_CACHE_DIR: `${paths.caches.candidates}/jax`,
  })
  for (const name of ['trainer', 'inductor', 'jax', 'cuda'])
    expect(found?.sandbox.caches).toContain(`${paths.caches.candidates}/${name}`)
  expect(found?.sandbox.caches).not.toContain('/scratch/cache/nightshift')
})

test('without a sandbox there is none, and the record and the terminal say why, as of this machine', () => {
  expect(made({}, { sandbox: 'off' })).toBeNull()
  const facts = factsOf({ sandbox: null, sandboxWhy: [{ mechanism: 'bubblewrap', reason: 'bwrap is not installed' }] })
  expect(made({ facts })).toBeNull()
  expect(sandboxText(chooseOnNode(contract, facts))).toBe(
    'none, so runs execute with all your rights (bubblewrap: bwrap is not installed). Install bubblewrap, e.g. `apt install bubblewrap`; docs/sandbox.md says more.',
  )
})

test('with network local it is said that no service of the node is reached', () => {
  expect(chooseOnNode(contract, factsOf()).record).toMatchObject({ network: 'local', relay: false })
  expect(sandboxText(chooseOnNode(contract, factsOf()))).toMatch(/leaves it no network but a loopback of its own/)
  expect(chooseOnNode({ ...contract, network: true }, factsOf()).record).not.toHaveProperty('relay')
})

const mechanisms = process.platform === 'linux' ? (['bubblewrap', 'namespaces', 'landlock'] as const) : []

for (const mechanism of mechanisms) {
  const { sandbox, ...not } = await findSandbox(mechanism)
  if (sandbox === null) {
    test.skip(`${mechanism}: ${'why' in not ? not.why.map(({ reason }) => reason).join() : ''}`)
    continue
  }

  test(`${mechanism}: a run in a place leaves what is its own, and finds nothing of others`, async () => {
    const { root, home } = await place()
    const at = nodePaths(root, 0, 's1-0001-1-1')
    const facts = factsOf({ home, env: { HOME: home }, sandbox: { ...sandbox, mechanism }, python: null })
    const env = { PATH: process.env.PATH ?? '', HOME: home }
    const found = nodeSandbox({ ...contract, hide: [...contract.hide] }, { ...run, paths: at, facts, env, links: [] })
    const script = `
      for path in ${root}/evaluation/labels ${root}/runs/s1-0002-1-1/run/run.log ${root}/slot-1/tree/file ${root}/base/file \
        ${home}/.ssh/key ${home}/.cache/nightshift/held_out/part ${root}/slot-0/inbox/job; do cat "$path" 2> /dev/null && echo " of $path"; done
      cat file "$HOME/data/set"; echo
      echo 1 > made; echo 1 > ${at.run}/curve.csv; echo 1 > "$NIGHTSHIFT_COMPILED/kernel"; echo 1 > "$TMPDIR/file"
      for path in ${root}/base/file ${root}/slot-0/worker.json ${at.work}/exit.json ${home}/data/set ${root}/caches/baseline/x; do
        (echo 1 > "$path") 2> /dev/null && echo "writes $path"; done; exit 0`
    const entered = { ...env, ...found?.env }
    const [argv, variables] = callOnNode<[string[], Record<string, string>]>(
      'sandbox',
      'enter',
      found?.sandbox,
      ['sh', '-c', script],
      entered,
      home,
    )
    const [file = '', ...args] = argv
    const { stdout, stderr } = await promisify(execFile)(file, args, { cwd: at.tree, env: variables })
    expect({ stdout, stderr }).toEqual({ stdout: 'contentcontent\n', stderr: '' })
    expect(await readFile(join(root, 'caches/candidates/trainer/kernel'), 'utf8')).toBe('1\n')
    expect(await readFile(join(at.run, 'curve.csv'), 'utf8')).toBe('1\n')
    for (const path of ['base/file', 'slot-0/worker.json'])
      expect(await readFile(join(root, path), 'utf8')).toBe('content')
  })
}

/** A place on a node with the folders of two runs, and the home of its user. Not in /tmp. */
async function place(): Promise<{ root: string; home: string }> {
  await mkdir(join(notebook, 'node_modules/.cache'), { recursive: true })
  const folder = await mkdtemp(join(notebook, 'node_modules/.cache/nightshift-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const names = [
    ...[
      'evaluation/labels',
      'base/file',
      'slot-0/tree/file',
      'slot-0/inbox/job',
      'slot-0/worker.json',
      'slot-1/tree/file',
    ],
    ...[
      'runs/s1-0002-1-1/run/run.log',
      'runs/s1-0001-1-1/run/x',
      'runs/s1-0001-1-1/given/x',
      'caches/candidates/x',
      'caches/baseline/x',
    ],
  ]
  await write(join(folder, 'root'), Object.fromEntries(names.map(name => [name, 'content'])))
  await write(join(folder, 'home'), {
    '.ssh/key': 'content',
    '.cache/nightshift/held_out/part': 'content',
    'data/set': 'content',
  })
  return { root: join(folder, 'root'), home: join(folder, 'home') }
}
