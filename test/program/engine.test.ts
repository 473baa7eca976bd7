import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Failure } from '../../scripts/lib/errors.ts'
import { contractSchema } from '../../scripts/program/contract.ts'
import { engineDevices, engineSlots, gpusOfSlot, hostPlaces } from '../../scripts/program/engine.ts'
import { flagOverrides } from '../../scripts/program/flags.ts'
import { type Overrides, readContract, readProgram } from '../../scripts/program/read.ts'
import { scratch, write } from '../helpers/throwaway.ts'

async function contract(keys: string, overrides: Overrides = {}) {
  const folder = await scratch()
  await write(folder, {
    'program.md': `---\nedit: train.py\nrun: python train.py\nmetric: val_bpb\n${keys}\n---\n\nTry things.\n`,
  })
  return (await readProgram(join(folder, 'program.md'), overrides)).contract
}

/** Message and advice of the error that keys cause. */
async function mistake(keys: string, overrides: Overrides = {}): Promise<string> {
  const error = await contract(keys, overrides).then(
    () => expect.fail(`${keys} was accepted`),
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(Failure)
  const { message, advice } = error as Failure
  return `${message} ${advice}`.replace(/\S*program\.md: /, '')
}

test('runs execute on this machine unless engine says another', async () => {
  const read = await contract('')
  expect(read.engine).toEqual({ use: 'local' })
  expect(read.resources).toBeNull()
  expect(engineSlots(read)).toBeNull()
  expect((await contract('engine: { use: local }')).engine).toEqual({ use: 'local' })
})

test('slurm has its keys, with times in seconds', async () => {
  const { engine, resources } = await contract(
    'engine: { use: slurm, partition: a100, gres: "gpu:a100:2", time: 1-12:00:00, args: [--constraint=80gb, --exclusive], idle: 5m, links: { data/: /scratch/data } }\nresources: { nodes: 2, cpus: 16, memory: 64G }',
  )
  expect(engine).toEqual({
    use: 'slurm',
    partition: 'a100',
    account: null,
    qos: null,
    gres: 'gpu:a100:2',
    time: 36 * 3600,
    args: ['--constraint=80gb', '--exclusive'],
    per_run: false,
    idle: 300,
    shared: true,
    root: null,
    python: null,
    queue_timeout: 1800,
    links: { data: '/scratch/data' },
  })
  expect(resources).toEqual({ gpus: null, nodes: 2, cpus: 16, memory: '64G' })
  expect(gpusOfSlot({ engine, resources })).toBe(4)
  expect(engineSlots({ engine, resources, slots: 'auto' })).toBe(1)
  expect((await contract('engine: { use: slurm, time: 4h }')).engine).toMatchObject({ time: 4 * 3600 })
})

test('ssh has hosts by name or with their keys', async () => {
  const { engine, resources } = await contract(
    'engine: { use: ssh, hosts: [a100-1, { host: ana@box2, gpus: 2, python: ~/venv, root: /scratch/ana }], config: ~/.ssh/lab }',
  )
  expect(engine).toEqual({
    use: 'ssh',
    hosts: [
      { host: 'a100-1', gpus: null, python: null, root: null },
      { host: 'ana@box2', gpus: 2, python: '~/venv', root: '/scratch/ana' },
    ],
    config: '~/.ssh/lab',
    root: null,
    python: null,
    queue_timeout: 1800,
    links: {},
  })
  expect(engineSlots({ engine, resources, slots: 'auto' })).toBe(3)
})

test('the places of hosts are groups of GPUs of the size of a slot', () => {
  const host = { host: 'a', python: null, root: null }
  const hosts = [
    { ...host, gpus: 5 },
    { ...host, gpus: null },
  ]
  const sized = (gpus: number | null) => hostPlaces({ hosts }, { gpus, nodes: 1, cpus: null, memory: null })
  expect(sized(2)).toEqual([
    { host: 0, gpus: [0, 1] },
    { host: 0, gpus: [2, 3] },
    { host: 1, gpus: [0, 1] },
  ])
  expect(sized(0)).toEqual([
    { host: 0, gpus: [] },
    { host: 1, gpus: [] },
  ])
  expect(hostPlaces({ hosts }, null).map(({ host, gpus }) => [host, gpus])).toEqual([
    ...[0, 1, 2, 3, 4].map(index => [0, [index]]),
    [1, null],
  ])
})

test('ray has an address, and slots with parts of a GPU', async () => {
  const read = await contract(
    'engine: { use: ray, address: "https://ray.lab:8265/jobs", custom_resources: { "accelerator_type:H100": 0.01 } }\nresources: { gpus: 0.5, cpus: 4 }\nslots: 3',
  )
  expect(read.engine).toEqual({
    use: 'ray',
    address: 'https://ray.lab:8265/jobs',
    custom_resources: { 'accelerator_type:H100': 0.01 },
    root: null,
    python: null,
    queue_timeout: 1800,
    links: {},
  })
  expect([gpusOfSlot(read), engineDevices(read)]).toEqual([0.5, 2])
  expect((await contract('', flagOverrides({ engine: 'ray' }))).engine).toMatchObject({ use: 'ray', address: null })
})

test('command has four commands, as they are written', async () => {
  const commands = 'submit: python3 "my launcher.py" submit, poll: p | jq ., cancel: "c; true", fetch: f'
  const read = await contract(
    `engine: { use: command, ${commands}, poll_every: 20s }\nresources: { gpus: 0.5, nodes: 2 }`,
  )
  expect(read.engine).toEqual({
    use: 'command',
    submit: 'python3 "my launcher.py" submit',
    poll: 'p | jq .',
    cancel: 'c; true',
    fetch: 'f',
    call_timeout: 120,
    poll_every: 20,
    root: null,
    python: null,
    queue_timeout: 1800,
    links: {},
  })
  expect([gpusOfSlot(read), engineDevices(read)]).toEqual([1, 1])
  expect(await mistake('', flagOverrides({ engine: 'command' }))).toMatch(
    /^--engine: found "command"\. It needs four commands with `use: command`: submit, poll, cancel, fetch/,
  )
})

test('--engine overrides `use` and keeps the other keys of the same engine', async () => {
  const file = 'engine: { use: slurm, partition: a100 }\nresources: { gpus: 2 }'
  expect((await contract(file, flagOverrides({ engine: 'slurm' }))).engine).toMatchObject({ partition: 'a100' })
  const local = await contract(file, flagOverrides({ engine: 'local' }))
  expect([local.engine, local.resources]).toEqual([{ use: 'local' }, null])
  expect((await contract('', flagOverrides({ engine: 'slurm' }))).engine.use).toBe('slurm')
  expect(await mistake(file, flagOverrides({ engine: 'ssh' }))).toMatch(/^--engine: found "ssh"\. It needs `hosts`/)
  expect(await mistake('', flagOverrides({ engine: 'lsf' }))).toBe(
    '--engine: found "lsf". It is one of local, slurm, ssh, ray, command.',
  )
})

test.each([
  ['engine: k8s', 'engine: found "k8s". It is one of local, slurm, ssh, ray, command.'],
  ['engine: [ssh]', 'engine: found ["ssh"]. It takes local, slurm, ssh, ray or { use: slurm, … }.'],
  [
    'engine: { use: ray, address: "ray://head:10001" }',
    'engine.address: found "ray://head:10001". It takes the address of',
  ],
  ['engine: { use: ray, address: "http://me@head:8265" }', 'It takes no user or password: RAY_JOB_HEADERS has them'],
  ['engine: { use: ray, custom_resources: { GPU: 1 } }', 'It takes no CPU, GPU or memory'],
  ['engine: ray\nresources: { gpus: 1.5 }', 'resources.gpus: found 1.5. It takes a whole number'],
  ['engine: slurm\nresources: { gpus: 0.5 }', 'resources.gpus: found 0.5. It is a part of one only with `engine: ray`'],
  ['engine: { use: command, submit: s, poll: p }', 'It needs four commands with `use: command`'],
  [
    'engine: { use: command, submit: s, poll: " ", cancel: c, fetch: f }',
    'engine.poll: found " ". It takes a command of yours, e.g. python3 launcher.py poll',
  ],
  ['engine: { use: slurm, submit: s }', 'engine.submit: found "s". It goes with `use: command`, not slurm'],
  ['engine: { use: ssh }', 'engine: found {"use":"ssh"}. It needs `hosts`'],
  ['engine: { use: ssh, hosts: a100-1 }', 'engine.hosts: found "a100-1". It takes a list of hosts'],
  ['engine: { use: ssh, hosts: [] }', 'engine.hosts: found []. It needs at least one host'],
  ['engine: { use: ssh, hosts: [a, a] }', 'It names a host twice'],
  ['engine: { use: ssh, hosts: [{ gpus: 2 }] }', 'engine.hosts.0.host is missing'],
  ['engine: { use: ssh, hosts: [a], partition: b }', 'engine.partition: found "b". It goes with `use: slurm`, not ssh'],
  ['engine: { use: slurm, partitoin: b }', 'unknown key engine.partitoin'],
  ['engine: { use: slurm, per_run: yes please }', 'engine.per_run: found "yes please". It is true or false'],
  ['engine: { use: slurm, idle: 10 }', 'engine.idle: found 10. It takes a time with its unit'],
  ['engine: { use: slurm, time: 240 }', 'engine.time: found 240. It takes a time with its unit, as 4h'],
  ['engine: { use: slurm, time: "4:00" }', 'engine.time: found "4:00". It takes a time with its unit, as 4h'],
  ['engine: { use: slurm, root: nodes }', 'engine.root: found "nodes". It takes an absolute path'],
  ['engine: { use: slurm, links: { ../data: /data } }', 'engine.links: found {"../data":"/data"}. It takes paths in'],
  [
    'engine: { use: slurm, links: { data: ~/data } }',
    'engine.links.data: found "~/data". It takes an absolute path on',
  ],
  ['engine: { use: slurm, links: { data: data } }', 'engine.links.data: found "data". It takes an absolute path'],
  ['resources: { gpus: 2 }', 'resources: found {"gpus":2}. It goes with every other `engine` than local'],
  ['engine: slurm\nresources: { memory: 64 }', 'resources.memory: found 64. It takes a size with its unit, e.g. 64G'],
  [
    'engine: { use: slurm, gres: gpu:2 }\nresources: { gpus: 2 }',
    'resources.gpus: found 2. It is said by `engine.gres`',
  ],
  [
    'engine: { use: ssh, hosts: [a] }\nresources: { nodes: 2 }',
    'resources.nodes: found 2. It is more than 1 only with',
  ],
  [
    'engine: { use: ssh, hosts: [a] }\nresources: { memory: 1G }',
    'resources.memory: found "1G". It goes with `engine: sl',
  ],
  [
    'engine: { use: ssh, hosts: [{ host: a, gpus: 1 }] }\nresources: { gpus: 2 }',
    'engine.hosts.0.gpus: found 1. It is at',
  ],
  ['engine: { use: ssh, hosts: [a, b] }\nslots: 3', 'slots: found 3. It is at most 2 with these `engine.hosts`'],
])('%s is one error', async (keys, said) => {
  expect(await mistake(keys)).toContain(said)
})

test('no value can be an option or a second word for ssh or Slurm', async () => {
  const refused = [
    '-oProxyCommand=touch x',
    '--wrap=id',
    'a b',
    'a;id',
    '$(id)',
    '`id`',
    'a\tb',
    'a\u0000b',
    'a\nb',
    "a'b",
    '',
  ]
  for (const value of refused) {
    const text = JSON.stringify(value)
    for (const key of ['partition', 'account', 'qos', 'gres', 'time', 'root', 'python'])
      expect(await mistake(`engine: { use: slurm, ${key}: ${text} }`)).toMatch(`engine.${key}: found ${text}`)
    for (const host of [text, `{ host: ${text} }`, JSON.stringify(`ana@${value}`)])
      expect(await mistake(`engine: { use: ssh, hosts: [${host}] }`)).toMatch(/^engine\.hosts\.0/)
    expect(await mistake(`engine: { use: slurm }\nresources: { memory: ${text} }`)).toMatch(/^resources\.memory/)
  }
  for (const path of ['/a/../b', "/a'b", '/a\\b', '/a!b', '/a b', '/a\nb', '/a\u001b[0m', '~ana/x', '~', '/'])
    expect(await mistake(`engine: { use: slurm, root: ${JSON.stringify(path)} }`)).toMatch(/^engine\.root/)
})

test('extra flags for Slurm may not replace what the session or another key sets', async () => {
  const error = (flag: string) => mistake(`engine: { use: slurm, args: [${JSON.stringify(flag)}] }`)
  for (const own of [
    '--job-name=x',
    '--job-n=x',
    '--array=1-4',
    '--arr=1',
    '--output=x',
    '--wrap=id',
    '--export=ALL',
    '--uid=0',
  ])
    expect(await error(own)).toMatch(
      /engine\.args\.0: found .* It takes no --[a-z-]+, which the session sets or relies on/,
    )
  expect(await error('--partition=b')).toMatch(
    'It takes no --partition, which program.md has a key for: engine.partition',
  )
  expect(await error('--mem=4G')).toMatch('which program.md has a key for: resources.memory')
  // Without its value a flag would take the next word for it; a word alone would be the script.
  for (const loose of ['-J', '-Jx', '--constraint', 'script.sh', '--', '--constraint=a\nb'])
    expect(await error(loose)).toMatch(/engine\.args\.0: found .* It takes long flags with their value/)
})

test('a session stores its engine resolved, and one from before the key has the local one', async () => {
  for (const keys of [
    '',
    'engine: { use: slurm, time: 4h, idle: 5m }\nresources: { gpus: 1 }',
    'engine: { use: ssh, hosts: [a, { host: b, gpus: 2 }], queue_timeout: 1h }',
  ]) {
    const read = await contract(keys)
    expect(readContract({ id: 's', contract: JSON.parse(JSON.stringify(read)) })).toEqual(read)
  }
  const { engine, resources, ...older } = await contract('')
  expect(contractSchema.parse(older)).toEqual({ ...older, engine, resources })
  expect(() =>
    readContract({ id: 's', contract: { ...older, engine: { use: 'ssh', hosts: [{ host: '-oX' }] } } }),
  ).toThrow(/The contract that s stores cannot be read: engine\.hosts\.0\.host/)
})
