import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Contract } from '../../../scripts/program/contract.ts'
import { readProgram } from '../../../scripts/program/read.ts'
import { dryEngine, dryEngineLines } from '../../../scripts/ratchet/session/dryEngine.ts'
import { scratch, write } from '../../helpers/throwaway.ts'

async function contract(keys: string): Promise<Contract> {
  const folder = await scratch()
  const text = `---\nedit: train.py\nrun: python train.py\nmetric: loss\n${keys}\n---\n\nTry things.\n`
  await write(folder, { 'program.md': text })
  return (await readProgram(join(folder, 'program.md'), {})).contract
}

const lines = (of: Contract, hours: number | null): string[] => {
  const dry = dryEngine(of, '2026-11-28-cpu-abcd-nov28', hours) ?? expect.fail('no engine')
  return dryEngineLines(dry, of).map(([key, text]) => `${key}: ${text}`)
}

test('a dry run says which jobs Slurm would be asked for, with all options that the contract gives, and what they cost', async () => {
  const slurm = 'use: slurm, partition: a100, account: lab, time: "8:00:00", args: [--constraint=sxm]'
  const resources = 'resources: { gpus: 2, cpus: 16, memory: 64G }'
  const held = await contract(`engine: { ${slurm} }\nslots: 4\n${resources}\ngpu_usd_hour: 2.5`)
  const dry = dryEngine(held, 'ID', 8)
  expect(dry).toMatchObject({ slots: 4, gpusPerSlot: 2, devices: 8, jobs: 4, hosts: null })
  expect(dry?.cost).toEqual({ usd: 160, hours: 8, usdPerHour: 2.5 })
  expect(dry?.sbatch).toEqual(
    expect.arrayContaining([
      '--job-name=nightshift-ID',
      '--partition=a100',
      '--account=lab',
      '--time=0-08:00:00',
      '--gpus-per-node=2',
      '--cpus-per-task=16',
      '--mem=64G',
      '--constraint=sxm',
      '--requeue',
      '--array=0-3',
    ]),
  )
  expect(lines(held, 8)).toEqual([
    expect.stringMatching(
      /^engine: Slurm, partition a100, 4 held jobs with 2 GPUs.*; a dry run asks Slurm for nothing$/,
    ),
    expect.stringMatching(/^submits: once: sbatch --job-name=nightshift-2026-11-28-cpu-abcd-nov28 .*--partition=a100 /),
    'gpus: 8, 2 for each of 4 slots; $160.00 for 8.0 hours at $2.5 each, while all are held',
  ])
  const perRun = await contract(`engine: { ${slurm}, per_run: true }\nslots: 4\nresources: { gpus: 1 }`)
  expect(dryEngine(perRun, 'ID', 8)).toMatchObject({ jobs: null, cost: null })
  expect(lines(perRun, 8).slice(1)).toEqual([
    expect.stringMatching(/^submits: for each run: sbatch .*--no-requeue/),
    'gpus: 4, 1 for each of 4 slots; what they cost is not known: program.md has no `gpu_usd_hour`',
  ])
})

test('a dry run names the hosts with the GPUs of each place there', async () => {
  const hosts = '[a100-1, { host: box2, gpus: 4 }]'
  const ssh = await contract(`engine: { use: ssh, hosts: ${hosts} }\nresources: { gpus: 2 }\ngpu_usd_hour: 1`)
  expect(lines(ssh, null)).toEqual([
    'engine: ssh, 3 slots on 2 hosts; a dry run asks none of them for anything',
    'hosts: a100-1: GPUs 0, 1',
    ': box2: GPUs 0, 1; GPUs 2, 3',
    'gpus: 6, 2 for each of 3 slots; what they cost is not known: nothing says how long the session takes',
  ])
  const shown = await contract('engine: { use: ssh, hosts: [a100-1] }')
  expect(lines(shown, null).slice(1)).toEqual([
    'hosts: a100-1: what it shows',
    expect.stringContaining('gpus: not said for the slot, so it counts as one; what they cost is not known'),
  ])
})

test('a launcher by commands is called by none of them', async () => {
  const commands = 'submit: sh l.sh submit, poll: sh l.sh poll, cancel: sh l.sh cancel, fetch: sh l.sh fetch'
  const read = await contract(
    `engine: { use: command, ${commands} }\nresources: { gpus: 2 }\nslots: 3\ngpu_usd_hour: 2\n`,
  )
  expect(lines(read, 2)).toEqual([
    'engine: a launcher by commands, 3 jobs at once with 2 GPUs each; a dry run asks it for nothing',
    ...['submit', 'poll', 'cancel', 'fetch'].map(verb => `${verb}: sh l.sh ${verb}`),
    expect.stringMatching(/^gpus: /),
  ])
})

test('with the engine local there is nothing to say', async () => {
  expect(dryEngine(await contract(''), 'ID', 8)).toBeNull()
})
