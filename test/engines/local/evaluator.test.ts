/** Evaluators that a real runner starts beside a run or after it. */
import { randomUUID } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { platform } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { exitSchema } from '../../../scripts/engines/local/exit.ts'
import { hashFrozen } from '../../../scripts/engines/local/frozenHashes.ts'
import { evaluatorMark, type Job } from '../../../scripts/engines/local/job.ts'
import { createKeys, readSigned } from '../../../scripts/engines/local/signature.ts'
import { type RunnerProgram, runnerPrograms } from '../../helpers/runnerPrograms.ts'
import { type Finished, scratch, write } from '../../helpers/throwaway.ts'

/** Executes a run and its evaluator, both in shell. @param seconds for the evaluator after the run */
async function exitOf(
  { command }: RunnerProgram,
  finished: Finished,
  form: 'serve' | 'after',
  { run, evaluator, seconds = 30 }: { run: string; evaluator: string; seconds?: number },
) {
  const folder = await scratch(finished)
  const frozen = join(folder, 'evaluation')
  const output = join(folder, 'output')
  await write(folder, { 'main.sh': run, 'evaluation/score.sh': evaluator, 'output/.keep': '' })
  const [mark, keys] = [randomUUID(), createKeys()]
  const variables = form === 'serve' ? { NIGHTSHIFT_EVALUATOR: '3' } : { NIGHTSHIFT_OUTPUT: output }
  const env = { PATH: process.env.PATH ?? '', ...variables }
  const file = join(folder, 'private/eval.json')
  const job = {
    key: keys.secret,
    argv: ['sh', 'main.sh'],
    cwd: folder,
    env: { ...env, NIGHTSHIFT_RUN: mark },
    log: join(folder, 'run.log'),
    exit: join(folder, 'exit.json'),
    owner: join(folder, 'owner.json'),
    mark,
    timeoutSeconds: 30,
    relay: null,
    frozen: { folder, hashes: {} },
    evaluator: {
      form,
      argv: ['sh', '-c', 'sh score.sh'],
      cwd: frozen,
      env: { ...env, NIGHTSHIFT_EVAL: file, NIGHTSHIFT_RUN: evaluatorMark(mark) },
      log: join(folder, 'evaluator.log'),
      file,
      owner: join(folder, 'evaluator.json'),
      mark: evaluatorMark(mark),
      seconds,
      frozen: { folder: frozen, hashes: Object.fromEntries(await hashFrozen(frozen, ['score.sh'])), links: {} },
      output: form === 'after' ? output : null,
    },
  } satisfies Job
  const [program = '', ...args] = command
  await execa(program, args, { reject: false, input: JSON.stringify(job), env: { NIGHTSHIFT_RUN: mark } })
  const exit = exitSchema.parse(readSigned(await readFile(job.exit, 'utf8'), keys.public))
  const pidIn = async (name: string) => (await readFile(join(folder, name), 'utf8')).trim()
  return { exit, folder, pidIn, evaluated: exit.evaluated }
}

/** Whether a process still runs; a zombie does not. */
async function alive(pid: string): Promise<boolean> {
  const { stdout } = await execa('ps', ['-o', 'stat=', '-p', pid], { reject: false })
  return stdout.trim() !== '' && !stdout.startsWith('Z')
}

const until = (file: string) => `until [ -s ${file} ]; do sleep 0.02; done`

describe.concurrent.each(runnerPrograms)('beside the run, by the $name runner', program => {
  test('each of the two sees what the other sends, and its end', async ({ onTestFinished: finished }) => {
    const { exit, evaluated } = await exitOf(program, finished, 'serve', {
      run: 'read question <&3; [ "$question" = "1 + 1" ] && echo 2 >&3; read more <&3 || echo ended',
      evaluator: 'echo "1 + 1" >&3; read answer <&3; printf "$answer" > "$NIGHTSHIFT_EVAL"; exec 3>&-',
    })
    expect(exit).toMatchObject({ code: 0, ended: null, orphans: 0 })
    expect(evaluated).toMatchObject({ code: 0, ended: null, content: '2', unreadable: null, refused: null })
  })

  test('one that never ends is killed, with what it started', async ({ onTestFinished: finished }) => {
    const { evaluated, pidIn } = await exitOf(program, finished, 'serve', {
      run: until('evaluation-started'),
      evaluator:
        'trap "" TERM; echo 1 > "$NIGHTSHIFT_EVAL"; sleep 60 & echo $! > ../child; echo y > ../evaluation-started; sleep 60',
      seconds: 0.3,
    })
    expect(evaluated).toMatchObject({ ended: 'timeout' })
    expect(await alive(await pidIn('child'))).toBe(false)
  })

  test('a program that does not exist ends the run', async ({ onTestFinished: finished }) => {
    const { exit, evaluated } = await exitOf(program, finished, 'serve', {
      run: 'sleep 60',
      evaluator: 'exec no-such-program',
    })
    expect(exit).toMatchObject({ ended: 'evaluator' })
    expect(evaluated).toMatchObject({ code: 127, content: null })
    expect(evaluated?.said).toContain('no-such-program')
  })

  test('a run that fails by itself is not said to have been ended by its evaluator', async ({
    onTestFinished: finished,
  }) => {
    const { exit, evaluated } = await exitOf(program, finished, 'serve', {
      run: 'exit 3',
      evaluator: 'cat <&3; exit 4',
    })
    expect(exit).toMatchObject({ code: 3, ended: null })
    expect(evaluated).toMatchObject({ code: 4 })
  })

  test.runIf(platform() === 'linux')(
    'a process that a run leaves with the socket is killed, and the end is seen',
    async ({ onTestFinished: finished }) => {
      const { exit, evaluated, pidIn } = await exitOf(program, finished, 'serve', {
        run: `(setsid env -i sh -c "echo \\$\\$ > escaped; exec sleep 60" &); ${until('escaped')}; echo 5 >&3`,
        evaluator: 'cat <&3 > "$NIGHTSHIFT_EVAL"',
      })
      expect(exit).toMatchObject({ code: 0, orphans: 1 })
      expect(evaluated).toMatchObject({ code: 0, content: '5\n' })
      expect(await alive(await pidIn('escaped'))).toBe(false)
    },
  )

  test.runIf(platform() === 'linux')(
    'what the evaluator starts is no orphan of the run, and does not survive',
    async ({ onTestFinished: finished }) => {
      const { exit, evaluated, pidIn } = await exitOf(program, finished, 'serve', {
        run: until('escaped'),
        evaluator: `(setsid sh -c "echo \\$\\$ > ../escaped; exec sleep 60" &); cat <&3; echo 6 > "$NIGHTSHIFT_EVAL"`,
      })
      expect(exit).toMatchObject({ code: 0, orphans: 0 })
      expect(evaluated).toMatchObject({ code: 0, content: '6\n' })
      expect(await alive(await pidIn('escaped'))).toBe(false)
    },
  )
})

describe.concurrent.each(runnerPrograms)('after the run, by the $name runner', program => {
  test('a run that failed is not evaluated', async ({ onTestFinished: finished }) => {
    const { exit, evaluated } = await exitOf(program, finished, 'after', {
      run: 'exit 3',
      evaluator: 'echo 1 > "$NIGHTSHIFT_EVAL"',
    })
    expect(exit).toMatchObject({ code: 3 })
    expect(evaluated).toBeNull()
  })

  test('its output is capped, and its end is kept', async ({ onTestFinished: finished }) => {
    const { evaluated, folder } = await exitOf(program, finished, 'after', {
      run: 'exit 0',
      evaluator: 'yes | head -c 9000000; printf -- "---\\nloss: 3\\n"',
    })
    expect(evaluated?.said.length).toBe(40_000)
    expect(evaluated?.said.endsWith('---\nloss: 3\n')).toBe(true)
    expect((await stat(join(folder, 'evaluator.log'))).size).toBeLessThan(3e6)
  })

  test.for([
    { name: 'a pipe', evaluator: 'mkfifo "$NIGHTSHIFT_EVAL"', what: 'a pipe' },
    { name: 'a link', evaluator: 'ln -s /etc/passwd "$NIGHTSHIFT_EVAL"', what: 'a link' },
    {
      name: 'too much',
      evaluator: 'head -c 5000000 /dev/zero > "$NIGHTSHIFT_EVAL"',
      what: 'a file of 5.0 MB, and at most 4.2 MB are read',
    },
  ])('$name in the place of its file is not read', async ({ evaluator, what }, { onTestFinished: finished }) => {
    const { evaluated } = await exitOf(program, finished, 'after', { run: 'exit 0', evaluator })
    expect(evaluated).toMatchObject({ content: null, unreadable: what })
  })

  test('its log replaces what the run put there, and follows no link', async ({ onTestFinished: finished }) => {
    const { evaluated, folder } = await exitOf(program, finished, 'after', {
      run: 'echo mine > theirs; ln -s theirs evaluator.log',
      evaluator: 'echo measured; echo 1 > "$NIGHTSHIFT_EVAL"',
    })
    expect(evaluated).toMatchObject({ code: 0, content: '1\n' })
    expect(await readFile(join(folder, 'theirs'), 'utf8')).toBe('mine\n')
    expect(await readFile(join(folder, 'evaluator.log'), 'utf8')).toBe('measured\n')
  })

  test('a module beside its files, or a change of them, is refused', async ({ onTestFinished: finished }) => {
    const evaluator = 'echo 1 > "$NIGHTSHIFT_EVAL"'
    const planted = await exitOf(program, finished, 'after', { run: 'mkdir evaluation/__pycache__', evaluator })
    expect(planted.evaluated?.refused).toBe('the files of its evaluator were changed: __pycache__ was put there')
    const changed = await exitOf(program, finished, 'after', { run: 'echo "#" >> evaluation/score.sh', evaluator })
    expect(changed.evaluated?.refused).toBe('the files of its evaluator were changed: score.sh has changed')
  })
})
