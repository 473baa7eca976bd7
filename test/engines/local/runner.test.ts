import { readFile, stat } from 'node:fs/promises'
import { platform } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { readSigned } from '../../../scripts/engines/local/signature.ts'
import { ownerSchema } from '../../../scripts/lib/process/lock.ts'
import { isAlive } from '../../../scripts/lib/process/owner.ts'
import { runnerPrograms } from '../../helpers/runnerPrograms.ts'
import { readWhenWritten, startRun } from './startRun.ts'

const linux = platform() === 'linux'

/** Whether a process still runs; a zombie does not. */
async function alive(pid: string): Promise<boolean> {
  const { stdout } = await execa('ps', ['-o', 'stat=', '-p', pid], { reject: false })
  return stdout.trim() !== '' && !stdout.startsWith('Z')
}

describe.concurrent.each(runnerPrograms)('the $name runner', program => {
  const run = async (script: string, options: Parameters<typeof startRun>[2]) =>
    (await startRun(program, script, options)).finish()

  test('a run that exits leaves its log and its exit code', async ({ onTestFinished: finished }) => {
    const { exit, log } = await run('echo out; echo err >&2; exit 3', { finished })
    expect(exit).toMatchObject({ code: 3, signal: null, ended: null, orphans: 0, frozen: null })
    expect(log.split('\n').sort()).toEqual(['', 'err', 'out'])
  })

  test('it says that it has begun, and who it is', async ({ onTestFinished: finished }) => {
    const { runner, folder, keys } = await startRun(program, 'echo 1 > begun; sleep 60', { finished })
    await readWhenWritten(folder, 'begun')
    const owner = readSigned(await readFile(join(folder, 'owner.json'), 'utf8'), keys.public)
    const { pid, start: since } = ownerSchema.parse(owner)
    expect(await isAlive({ pid, start: since })).toBe(true)
    process.kill(pid, 'SIGTERM')
    expect(await runner).toMatchObject({ exitCode: 0, stdout: 'begun' })
    expect(await isAlive({ pid, start: since })).toBe(false)
  })

  test('a command that does not exist has ended with 127, and the log names it', async ({
    onTestFinished: finished,
  }) => {
    const { exit, log } = await run('exec no-such-program', { finished })
    expect(exit).toMatchObject({ code: 127, signal: null, ended: null })
    expect(log).toContain('no-such-program')
  })

  test('a run is ended at its timeout', async ({ onTestFinished: finished }) => {
    const { exit } = await run('exec sleep 60', { finished, timeoutSeconds: 0.5 })
    expect(exit).toMatchObject({ ended: 'timeout', signal: 'SIGTERM' })
  })

  test('a run gets SIGTERM first', async ({ onTestFinished: finished }) => {
    const script = "trap 'echo asked; exit 0' TERM; echo $$ > pid; while :; do sleep 0.05; done"
    const { runner, finish, folder } = await startRun(program, script, { finished })
    await readWhenWritten(folder, 'pid')
    runner.kill('SIGTERM')
    const { exit, log } = await finish()
    expect(exit.ended).toBe('aborted')
    expect(log).toContain('asked')
  })

  test('a run that ignores SIGTERM is killed', async ({ onTestFinished: finished }) => {
    const script = "trap '' TERM; echo $$ > pid; while :; do sleep 0.05; done"
    const { runner, finish, folder } = await startRun(program, script, { finished })
    const pid = await readWhenWritten(folder, 'pid')
    expect(await alive(pid)).toBe(true)
    runner.kill('SIGTERM')
    expect((await finish()).exit.ended).toBe('aborted')
    expect(await alive(pid)).toBe(false)
  })

  test('no descendant survives, not even one in its own session', async ({ onTestFinished: finished }) => {
    const { exit, folder } = await run(
      'setsid sh -c "echo \\$\\$ > escaped; exec sleep 60" & (sleep 60 & echo $! > child); until [ -s escaped ]; do sleep 0.05; done',
      { finished },
    )
    expect(exit).toMatchObject({ code: 0, ended: null })
    for (const name of ['escaped', 'child']) expect(await alive(await readWhenWritten(folder, name)), name).toBe(false)
    expect(exit.orphans).toBe(2)
  })

  test.runIf(linux)(
    'nor one in its own session, forked twice, without environment',
    async ({ onTestFinished: finished }) => {
      const { exit, folder } = await run(
        '(setsid env -i sh -c "echo \\$\\$ > escaped; exec sleep 60" &) ; until [ -s escaped ]; do sleep 0.05; done',
        { finished },
      )
      expect(await alive(await readWhenWritten(folder, 'escaped'))).toBe(false)
      expect(exit.orphans).toBe(1)
    },
  )

  test.runIf(linux)(
    'the key of a run is in no file, argument or variable that it can read',
    async ({ onTestFinished: finished }) => {
      const { log, keys } = await run('cat owner.json /proc/[0-9]*/cmdline /proc/[0-9]*/environ; cat', { finished })
      expect(log.includes(program.word)).toBe(true)
      expect(log.includes(keys.secret)).toBe(false)
    },
  )

  test('what a run changed of the frozen files is in exit.json', async ({ onTestFinished: finished }) => {
    const unchanged = (await run('true', { finished })).exit.frozen
    expect(unchanged?.changed).toBe(null)
    const changed = (await run('echo >> main.sh', { finished })).exit.frozen
    expect(changed?.changed).toBe('main.sh')
    expect(changed?.digest).not.toBe(unchanged?.digest)
  })

  test('a huge log keeps its head and its tail, and states the omitted bytes', async ({ onTestFinished: finished }) => {
    const { log, folder } = await run(
      'echo first; yes 0123456789012345678901234567890123456789 | head -c 30000000; echo; echo last',
      { finished },
    )
    expect((await stat(join(folder, 'run.log'))).size).toBeLessThan(3e6)
    expect(log.startsWith('first\n')).toBe(true)
    expect(log.endsWith('\nlast\n')).toBe(true)
    expect(log).toMatch(/\[\d+ bytes of the log omitted here\]/)
  })

  test('a log replaces a pipe in its place, and does not wait for a reader', async ({ onTestFinished: finished }) => {
    const before = (folder: string) => execa('mkfifo', [join(folder, 'run.log')])
    expect((await run('echo out', { finished, before })).log).toBe('out\n')
  })

  test('SIGTERM to the runner ends the run and still writes exit.json', async ({ onTestFinished: finished }) => {
    const { runner, finish, folder } = await startRun(program, 'echo $$ > pid; sleep 60', { finished })
    const pid = await readWhenWritten(folder, 'pid')
    runner.kill('SIGTERM')
    expect((await finish()).exit.ended).toBe('aborted')
    expect(await alive(pid)).toBe(false)
  })

  test('an invalid job is one error, which does not show its key; without a job the runner ends', async () => {
    const [file = '', ...args] = program.command
    const given = (input: string) => execa(file, args, { reject: false, input })
    for (const [text, why] of [
      ['{"argv": ["true"], "key": "c2VjcmV0"}', 'a key is missing, or has another type'],
      ['{"key": "c2VjcmV0', 'it is not JSON'],
    ] as const) {
      const { exitCode, stderr } = await given(text)
      expect(exitCode).toBe(2)
      expect(stderr).toContain(`error: Standard input is not the job of a run: ${why}.`)
      expect(stderr).not.toContain('c2VjcmV0')
    }
    expect(await given('')).toMatchObject({ exitCode: 0, stderr: '' })
  })
})
