import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Facts } from '../../scripts/engines/facts.ts'
import { factsSchema } from '../../scripts/engines/facts.ts'
import { machineOf, type Needs, smokeFailure, smokeNotes } from '../../scripts/engines/smoke.ts'
import { labelIn } from '../../scripts/record/machine.ts'
import { scratch } from '../helpers/throwaway.ts'
import { factsOf } from './facts.ts'

const needs: Needs = { run: 'python train.py', gpus: 1, root: '/scratch/ana' }
const python = (changes: Partial<NonNullable<Facts['python']>>) => ({
  python: { ...(factsOf().python as NonNullable<Facts['python']>), ...changes },
})
const said = (changes: Partial<Facts>, needed: Partial<Needs> = {}) => {
  const failure = smokeFailure(factsOf(changes), { ...needs, ...needed })
  return failure === null ? null : `${failure.message} ${failure.advice}`
}

test('a machine that has what a session needs is one', () => {
  expect(said({})).toBeNull()
  expect(said({ isShared: true })).toBeNull()
  expect(said({ gpus: [] }, { gpus: null })).toBeNull()
})

test('what is missing is told with the node’s words and what to do', () => {
  expect(said({ runnerPython: '3.9.18' })).toMatch(/^Python 3\.9\.18 is what `python3` is on n1.*`engine\.python`/)
  expect(said({ rootError: '/scratch/ana: Read-only file system' })).toBe(
    'The session cannot write to its folder on n1: /scratch/ana: Read-only file system. Name another one by `engine.root` of program.md.',
  )
  expect(said({ isShared: false })).toMatch(
    /^The node n1 does not see this machine's folder \/scratch\/ana\. .*shared: false/,
  )
  expect(said({ freeBytes: 1.24e9 })).toMatch(/^On n1 1\.2 GB are free where runs are kept \(\/scratch\/ana\)/)
  expect(said({ missing: ['/data/one', '/data/two'] })).toMatch(/^On n1 there is no \/data\/one, \/data\/two, or/)
})

test('a python that is missing, another one, or broken matters to a run that starts it', () => {
  const cases: [Partial<Facts>, RegExp][] = [
    [{ python: null }, /^The program python, which `run` starts, is not in the PATH of n1\. .*`engine\.python`/],
    [
      { pythonFolder: '/opt/env/bin', ...python({ isNamed: false }) },
      /^On n1 a run would take \/usr\/bin\/python: \/opt\/env\/bin, where `engine\.python` leads, has no program python\./,
    ],
    [
      python({ version: null, why: 'Exec format error' }),
      /^On n1 \/usr\/bin\/python does not work: Exec format error\./,
    ],
  ]
  for (const [changes, pattern] of cases) {
    expect(said(changes)).toMatch(pattern)
    expect(said(changes, { run: 'cd x && python -m y' })).toMatch(pattern)
    for (const run of ['python3 train.py', 'ipython train.py']) expect(said(changes, { run })).toBeNull()
  }
})

test('GPUs are counted as a process sees them', () => {
  const two = { gpus: Array.from({ length: 2 }, () => ({ name: 'NVIDIA H200', driver: null })) }
  expect(said({ ...two, ...python({ devices: 2 }) }, { gpus: 2 })).toBeNull()
  // torch for processors alone says nothing of a target that uses another library.
  expect(said({ ...two, ...python({ devices: 0 }) }, { gpus: 2 })).toBeNull()
  expect(said({ ...two, ...python({ devices: 1 }), env: { CUDA_VISIBLE_DEVICES: '1' } }, { gpus: 2 })).toBe(
    'On n1 a process sees 1 GPU, and a slot has 2: nvidia-smi lists 2; torch sees 1. Lower `resources.gpus` in program.md, or ask the scheduler for more.',
  )
  expect(said({ gpus: [], ...python({ torch: null, devices: 0 }) }, { gpus: 1 })).toMatch(
    /sees 0 GPUs, and a slot has 1: nvidia-smi lists 0\. /,
  )
})

const smoke = (changes: Partial<Facts>) => ({ facts: factsOf(changes) })

test('a clock that differs by more than a minute is a note', () => {
  expect(smokeNotes([smoke({}), smoke({ clockApart: -60_000 }), smoke({ clockApart: 60_000 })], needs)).toEqual([])
  expect(smokeNotes([smoke({ clockApart: -300_000 }), smoke({ node: 'n2', clockApart: 300_000 })], needs)).toEqual([
    "the clock of n1 is 5 min 00 s behind this machine's; budgets and timeouts do not depend on it",
    "the clock of n2 is 5 min 00 s ahead of this machine's; budgets and timeouts do not depend on it",
  ])
})

test('torch that is missing, or sees no GPU, is a note: a target may need none', () => {
  const without = smoke(python({ torch: null, why: "ModuleNotFoundError: No module named 'torch'" }))
  expect(smokeNotes([without, without], needs)).toEqual([
    "/usr/bin/python on n1 has no torch (ModuleNotFoundError: No module named 'torch'); a target that needs it will crash",
  ])
  expect(smokeNotes([without], { run: './train' })).toEqual([])
  expect(smokeNotes([smoke(python({ devices: 0 }))], needs)).toEqual([
    'torch 2.9.0 on n1 sees no GPU, and nvidia-smi lists 1',
  ])
})

test('machines of several kinds are named', () => {
  const a100 = { gpus: [{ name: 'NVIDIA A100', driver: null }] }
  expect(smokeNotes([smoke({ node: 'n1', ...a100 }), smoke({ node: 'n2' }), smoke({ node: 'n3' })], needs)).toEqual([
    'its machines differ (NVIDIA H200: n2, n3; NVIDIA A100: n1), and values from different hardware do not compare',
  ])
})

test('the machine of a session is the kind that most places are on, with the GPUs of all', async () => {
  const other = factsOf({ node: 'n0', gpus: [{ name: 'NVIDIA A100', driver: null }] })
  const machine = await machineOf('slurm', [other, factsOf(), factsOf({ node: 'n2' })], 2, false)
  expect(machine).toMatchObject({
    gpu: 'NVIDIA H200',
    gpus: 6,
    driver: '580.1',
    cpu: 'AMD EPYC',
    os: 'Linux 6.1.0 x64',
    python: '3.12.1',
    torch: '2.9.0',
  })
  expect(machine.label).toMatch(/^h200-[a-z]{4}$/)
  expect(await machineOf('ssh', [factsOf({ python: null })], null, false)).toMatchObject({
    gpus: 1,
    python: null,
    torch: null,
  })
  const without = await machineOf('ssh', [factsOf()], 0, false)
  expect(without).toMatchObject({ gpu: null, gpus: 0, driver: null })
  expect(without.label).toMatch(/^cpu-/)
})

test('a label is made once for a file', async () => {
  const root = await scratch()
  const label = await labelIn(join(root, 'machine-slurm-h200'), 'NVIDIA H200', true)
  expect(await labelIn(join(root, 'machine-slurm-h200'), 'NVIDIA H200', false)).toBe(label)
  expect(await labelIn(join(root, 'machine-ssh-h200'), 'NVIDIA H200', false)).not.toBe(label)
})

test('words of a node are cleaned before they are shown', () => {
  const facts = factsSchema.parse({ ...factsOf(), node: 'n1\u001b[31m\nx', rootError: 'a\u0007b' })
  expect([facts.node, facts.rootError]).toEqual(['n1 x', 'a b'])
})
