/** What only the runner of a node does, or does otherwise than the local one. */
import { existsSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { platform } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { createKeys } from '../../../scripts/engines/local/signature.ts'
import { pythonRunner } from '../../helpers/runnerPrograms.ts'
import { write } from '../../helpers/throwaway.ts'
import { startRun } from '../local/startRun.ts'

const linux = platform() === 'linux'

describe.concurrent('the runner of a node', () => {
  test.runIf(linux)('a log that fills fast is not held in memory', async ({ onTestFinished: finished }) => {
    const peak = 'grep VmHWM /proc/$PPID/status'
    const script = `${peak} > before; yes 0123456789012345678901234567890123456789 | head -c 100000000; ${peak} > after`
    const { finish, folder } = await startRun(pythonRunner, script, { finished })
    expect((await finish()).exit).toMatchObject({ code: 0 })
    const kilobytes = async (name: string) => Number(/\d+/.exec(await readFile(join(folder, name), 'utf8'))?.[0])
    expect((await kilobytes('after')) - (await kilobytes('before'))).toBeLessThan(20_000)
  })

  // A disk of 64 kB, which only the runner and its run see; what is left there is copied.
  const small = (folder: string) => [
    // Without the mark of the run, by which the runner would end the shell that copies.
    ...['env', '-u', 'NIGHTSHIFT_RUN', 'unshare', '-rm', 'sh', '-c'],
    'mount -t tmpfs -o size=64k none "$0/disk" && { "$@"; code=$?; cp "$0/disk/"* "$0/left/"; exit $code; }',
    folder,
  ]

  test.runIf(linux)(
    'a run on a full disk goes on to its end, and its runner fails and says why',
    async ({ onTestFinished: finished }) => {
      const { runner, folder } = await startRun(pythonRunner, 'yes | head -c 300000; echo ended > ended', {
        finished,
        before: folder => write(folder, { 'disk/.keep': '', 'left/.keep': '' }),
        within: small,
        job: folder => ({
          log: join(folder, 'disk/run.log'),
          owner: join(folder, 'disk/owner.json'),
          exit: join(folder, 'disk/exit.json'),
        }),
      })
      const { exitCode, stdout, stderr } = await runner
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: 'begun' })
      expect(stderr).toMatch(/^error: .*\/disk\/exit\.json could not be written: No space left on device\..*$/)
      expect(await readFile(join(folder, 'ended'), 'utf8')).toBe('ended\n')
      expect((await stat(join(folder, 'left/run.log'))).size).toBeGreaterThan(40_000)
      for (const name of ['exit.json', 'exit.json.tmp'])
        expect(existsSync(join(folder, 'left', name)), name).toBe(false)
    },
  )

  test('where only the log has no space, exit.json is there', async ({ onTestFinished: finished }) => {
    const { runner, finish } = await startRun(pythonRunner, 'yes | head -c 300000', {
      finished,
      // At most 64 blocks of 512 bytes in a file.
      within: () => ['sh', '-c', 'ulimit -f 64; exec "$@"', 'sh'],
    })
    const { exit, log } = await finish()
    expect(exit).toMatchObject({ code: 0, ended: null })
    expect(log).toBe('y\n'.repeat(log.length / 2))
    expect(log.length).toBeGreaterThan(16_000)
    const { exitCode, stderr } = await runner
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/^error: .*\/run\.log could not be written: File too large\..*$/)
  })

  test('without space for owner.json nothing is begun', async ({ onTestFinished: finished }) => {
    const { runner, folder } = await startRun(pythonRunner, 'echo 1 > begun', {
      finished,
      within: () => ['sh', '-c', 'ulimit -f 0; exec "$@"', 'sh'],
    })
    expect(await runner).toMatchObject({ exitCode: 1, stdout: '' })
    expect((await runner).stderr).toMatch(/^error: .*\/owner\.json could not be written: File too large\..*$/)
    expect(existsSync(join(folder, 'begun'))).toBe(false)
  })

  test('a clock that is set meanwhile changes no time', async ({ onTestFinished: finished }) => {
    const { finish } = await startRun(pythonRunner, 'sleep 0.3', {
      finished,
      // Imported by Python when it starts. Each look at the clock finds it an hour back.
      before: folder =>
        write(folder, {
          'path/sitecustomize.py':
            'import itertools, time\nhours = itertools.count()\ntime.time = lambda: -3600.0 * next(hours)\n',
        }),
      within: folder => ['env', `PYTHONPATH=${join(folder, 'path')}`],
    })
    const { exit } = await finish()
    expect(exit.seconds).toBeGreaterThan(0.3)
    expect(exit.seconds).toBeLessThan(10)
  })

  test('signals that its parent ignored or kept from it reach the run', async ({ onTestFinished: finished }) => {
    const block =
      'import os, signal, sys; signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM}); os.execv(sys.argv[1], sys.argv[1:])'
    const { finish } = await startRun(pythonRunner, 'kill -HUP $$; sleep 60', { finished, within: () => ['nohup'] })
    expect((await finish()).exit).toMatchObject({ code: null, signal: 'SIGHUP' })
    const blocked = await startRun(pythonRunner, 'sleep 60', {
      finished,
      timeoutSeconds: 0.1,
      within: () => [pythonRunner.command[0] ?? '', '-c', block],
    })
    expect((await blocked.finish()).exit).toMatchObject({ ended: 'timeout', signal: 'SIGTERM' })
  })

  test('a job with a relay, or with a key that is none, is an error that shows no key', async ({
    onTestFinished: finished,
  }) => {
    const relay = { path: '/tmp/relay', folder: '/tmp', services: [], ports: [] } as never
    const withRelay = await startRun(pythonRunner, 'true', { finished, job: () => ({ relay }) }).then(
      ({ runner }) => runner,
    )
    expect(withRelay).toMatchObject({ exitCode: 2, stdout: '' })
    expect(withRelay.stderr).toMatch(/^error: The job has a relay, .*$/)
    const key = createKeys().public
    const wrong = await startRun(pythonRunner, 'true', { finished, job: () => ({ key }) }).then(({ runner }) => runner)
    expect(wrong).toMatchObject({ exitCode: 2, stdout: '' })
    expect(wrong.stderr).toMatch(/^error: The key of the job is no Ed25519 key .*$/)
    expect(wrong.stderr).not.toContain(key)
  })
})

test('what is no verb is one error that names those that are', async () => {
  const [file = '', folder = ''] = pythonRunner.command
  const { exitCode, stderr } = await execa(file, [folder, 'start'], { reject: false })
  expect(exitCode).toBe(1)
  expect(stderr).toMatch(/^error: There is no verb "start": there are .*\brun\b.*$/)
})
