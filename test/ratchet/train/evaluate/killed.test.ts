/** Harness, runner and evaluator are killed while a run is under way and while it is evaluated; the session is then resumed. */
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { platform } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { readSession } from '../../../../scripts/record/files/paths.ts'
import { type Finished, nightshift, repository, sessionsOf } from '../../../helpers/throwaway.ts'

/** Waits for a file beside the repository; each step leaves its process there, by name. */
const waits = (name: string) =>
  `echo $$ > ../../../${name}.pid.tmp; mv ../../../${name}.pid.tmp ../../../${name}.pid; until [ -e ../../../${name}.open ]; do sleep 0.02; done`

const run = `K=1
${waits('run')}
[ -z "$NIGHTSHIFT_EVALUATOR" ] || echo 4 >&3
[ -z "$NIGHTSHIFT_OUTPUT" ] || echo 4 > "$NIGHTSHIFT_OUTPUT/value"
`
const evaluator = `if [ -n "$NIGHTSHIFT_OUTPUT" ]; then value=$(cat "$NIGHTSHIFT_OUTPUT/value"); else value=$(cat <&3); fi
${waits('evaluator')}
printf '{"loss": %s}' "$value" > "$NIGHTSHIFT_EVAL"
`

const program = (evaluate: string) => `---
edit: run.sh
run: sh run.sh
evaluate: ${evaluate}
metric: loss
sandbox: off
budget: 1s
timeout: 60s
seeds: 1
agent: tuner
---
Lower it.
`

const forms = { serve: '{ serve: sh evaluator.sh }', after: 'sh evaluator.sh' }

/** Starts a session of a baseline alone. Runs and evaluators start in .nightshift/<id>/<name>: three folders up is beside it. */
async function started(form: keyof typeof forms, finished: Finished, env: Record<string, string> = {}) {
  const root = await repository(
    { 'run.sh': run, 'evaluator.sh': evaluator, 'program.md': program(forms[form]) },
    finished,
  )
  const beside = join(root, '..')
  await mkdir(join(beside, 'sessions'))
  const session = nightshift(root, 'session', ['--program', 'program.md', '--experiments', '0', '--tag', 'k'], env)
  const pidOf = async (name: string): Promise<number> => {
    for (;;) {
      const text = await readFile(join(beside, `${name}.pid`), 'utf8').catch(() => '')
      if (text !== '') return Number(text)
      await wait(20)
    }
  }
  const open = (name: string) => writeFile(join(beside, `${name}.open`), '')
  const resumed = async () => {
    const [id = ''] = await readdir(sessionsOf(root))
    const result = await nightshift(root, 'session', ['resume', id])
    expect(result.exitCode, result.stderr).toBe(0)
    const { experiments } = await readSession(join(sessionsOf(root), id))
    expect(existsSync(join(beside, 'work', id, 'evaluation'))).toBe(false)
    return { runs: experiments.flatMap(e => e.runs), output: result.stderr }
  }
  const runner = async () => {
    const [id = ''] = await readdir(sessionsOf(root))
    const owner = await readFile(join(beside, 'work', id, 'run-0000-1/owner.json'), 'utf8')
    return (JSON.parse((JSON.parse(owner) as { text: string }).text) as { pid: number }).pid
  }
  return { root, session, pidOf, open, resumed, runner }
}

/** Whether a process still runs; a zombie does not. */
async function alive(pid: number): Promise<boolean> {
  const { stdout } = await execa('ps', ['-o', 'stat=', '-p', String(pid)], { reject: false })
  return stdout.trim() !== '' && !stdout.startsWith('Z')
}

const measured = { outcome: 'ok', metric: 4, measuredBy: 'evaluator' }

for (const form of ['serve', 'after'] as const)
  test
    .runIf(platform() === 'linux')
    .concurrent(
      `${form}: a harness that was killed under way finds what the evaluator wrote`,
      { timeout: 60_000 },
      async ({ onTestFinished }) => {
        const { session, pidOf, open, resumed } = await started(form, onTestFinished)
        await pidOf('run')
        session.kill('SIGKILL')
        await session
        await open('run')
        await pidOf('evaluator')
        await open('evaluator')
        expect((await resumed()).runs).toMatchObject([{ k: 1, ...measured }])
      },
    )

for (const form of ['serve', 'after'] as const)
  test
    .runIf(platform() === 'linux')
    .concurrent(
      `${form}: a harness that was killed while its run is evaluated waits for that`,
      { timeout: 60_000 },
      async ({ onTestFinished }) => {
        const { session, pidOf, open, resumed } = await started(form, onTestFinished)
        await open('run')
        await pidOf('evaluator')
        session.kill('SIGKILL')
        await session
        const resuming = resumed()
        await open('evaluator')
        expect((await resuming).runs).toMatchObject([{ k: 1, ...measured }])
      },
    )

for (const form of ['serve', 'after'] as const)
  test
    .runIf(platform() === 'linux')
    .concurrent(
      `${form}: an evaluator whose runner was killed is ended, and the run is made again`,
      { timeout: 60_000 },
      async ({ onTestFinished }) => {
        const { session, pidOf, open, resumed, runner } = await started(form, onTestFinished)
        await open('run')
        const evaluator = await pidOf('evaluator')
        session.kill('SIGKILL')
        await session
        process.kill(await runner(), 'SIGKILL')
        expect(await alive(evaluator)).toBe(true)
        const resuming = resumed()
        while (await alive(evaluator)) await wait(20)
        await open('evaluator')
        expect((await resuming).runs).toMatchObject([{ k: 1, ...measured }])
      },
    )

test
  .runIf(platform() === 'linux')
  .concurrent(
    'a result that was signed before the harness was killed is the result',
    { timeout: 60_000 },
    async ({ onTestFinished }) => {
      const { session, open, resumed } = await started('after', onTestFinished, { NIGHTSHIFT_FAILPOINT: 'run ended' })
      await open('run')
      await open('evaluator')
      expect((await session).signal).toBe('SIGKILL')
      expect((await resumed()).runs).toMatchObject([{ k: 1, ...measured }])
    },
  )

for (const form of ['serve', 'after'] as const)
  test
    .runIf(platform() === 'linux')
    .concurrent(
      `${form}: an evaluator that was killed measured nothing`,
      { timeout: 60_000 },
      async ({ onTestFinished }) => {
        const { session, pidOf, open } = await started(form, onTestFinished)
        await open('run')
        process.kill(await pidOf('evaluator'), 'SIGKILL')
        const { exitCode, stderr } = await session
        expect(exitCode).toBe(2)
        // As the shell says it that had started the script, or of the script itself.
        expect(stderr).toMatch(/The baseline run failed: its evaluator failed: (exit code 137|SIGKILL): /)
        expect(stderr).toMatch(/Make `sh evaluator\.sh` work/)
        expect(stderr).toMatch(/Its log is \S+\/evaluator\.log/)
      },
    )

test
  .runIf(platform() === 'linux')
  .concurrent('Ctrl-C twice ends an evaluator at work', { timeout: 60_000 }, async ({ onTestFinished }) => {
    const { session, pidOf, open } = await started('after', onTestFinished)
    await open('run')
    const evaluator = await pidOf('evaluator')
    session.kill('SIGINT')
    // Two signals within 0.4 s are one.
    await wait(600)
    session.kill('SIGINT')
    await session
    expect(await alive(evaluator)).toBe(false)
  })
