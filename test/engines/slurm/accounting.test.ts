import { symlink } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { accountOf, parseAccount, reasonInAccounting } from '../../../scripts/engines/slurm/accounting.ts'
import { callSlurm } from '../../../scripts/engines/slurm/commands.ts'
import { onSlurm, slurmMissing, startCluster } from '../../helpers/slurm.ts'
import { scratch, untilLast, write } from '../../helpers/throwaway.ts'

const finished = untilLast()
beforeAll(async () => {
  if (slurmMissing === null) process.env.SLURM_CONF = (await startCluster({ nodes: 1 }, finished)).env.SLURM_CONF
}, 60_000)

const lost = { cause: 'runner killed', detail: 'the job has ended, and Slurm knows it no more' } as const
const listing = { jobs: [], at: 1, down: null }

test.each([
  ['17|NODE_FAIL|n1\n', { cause: 'node failed', detail: "job 17 NODE_FAIL on n1, by Slurm's accounting" }],
  [
    '17|CANCELLED by 1000|n1\n',
    { cause: 'cancelled', detail: "job 17 CANCELLED by 1000 on n1, by Slurm's accounting" },
  ],
  // Of a job that was requeued each start has a line, and other jobs have theirs.
  ['17|NODE_FAIL|n1\n17|OUT_OF_MEMORY|n2\n18|TIMEOUT|n1\n', expect.objectContaining({ cause: 'out of memory' })],
  ['17|COMPLETED|n1\n', null],
  ['', null],
  ['17|TIMEOUT\n', null],
])('%j of sacct is %j', (text, said) => {
  expect(parseAccount(text, '17')).toEqual(said)
})

onSlurm('a cluster without accounting says so, and a loss stays as it is', {}, async () => {
  await expect(callSlurm('sacct', ['--jobs=17'])).rejects.toThrow('Slurm accounting storage is disabled')
  expect(await reasonInAccounting(lost, listing, '17')).toBe(lost)
})

test('only a job that the controller has forgotten is asked for', async () => {
  const folder = await scratch()
  const answers = `#!/bin/sh\ncase "$*" in *--parsable2*--jobs=17*) echo '17|PREEMPTED|n1' ;; *) exit 3 ;; esac\n`
  await write(folder, { 'sacct.sh': answers })
  const { PATH } = process.env
  process.env.PATH = [folder, PATH].join(delimiter)
  try {
    await symlink('sacct.sh', join(folder, 'sacct'))
    expect(await accountOf('18')).toBe(null)
    expect(await reasonInAccounting(lost, listing, '17')).toMatchObject({ cause: 'preempted' })
    expect(await reasonInAccounting(lost, { ...listing, down: { since: 1, reason: '' } }, '17')).toBe(lost)
    expect(await reasonInAccounting(lost, listing, undefined)).toBe(lost)
  } finally {
    process.env.PATH = PATH
  }
})
