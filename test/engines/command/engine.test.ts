import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scratch } from '../../helpers/throwaway.ts'
import { jobAt, resultOf, untilReady, untilState } from '../slurm/open.ts'
import { openTest } from './open.ts'
import { commandsOf, standin } from './standins.ts'

test.concurrent.for([
  ['local.py', {}],
  ['skypilot.py', { SKY_CLUSTER: 'gpus' }],
  ['skypilot.py', {}],
  ['hf_jobs.py', {}],
  ['modal_jobs.py', {}],
] as const)('a run comes back whole through %s %o', { timeout: 120_000 }, async ([recipe, env], { onTestFinished }) => {
  const launcher = await standin(recipe, onTestFinished, env)
  const work = await scratch(onTestFinished)
  const more = { root: join(launcher.home, 'nodes') }
  const engine = await openTest({ id: 'nov28', work, commands: commandsOf(launcher), more })
  await untilReady(engine)
  expect(engine.places[0]?.facts?.rootError).toBeNull()
  const script = 'cat train.sh; printf "\\033[31mred\\033[0m (a, pid=7) b\\n"; seq 20000; exit 3'
  const { job, publicKey } = jobAt(engine, 0, script, { key: 'nov28-0001-1-1' })
  const handle = await engine.submit(0, job)
  await untilState(engine, handle, 'ended')
  const { code, log } = await resultOf(engine, handle, publicKey, work)
  expect(code).toBe(3)
  expect(log).toBe(
    `echo base\n\u001b[31mred\u001b[0m (a, pid=7) b\n${[...Array(20_000).keys()].map(i => `${i + 1}\n`).join('')}`,
  )
  await engine.close()
})
