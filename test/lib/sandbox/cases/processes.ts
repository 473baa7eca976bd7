import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { findOrphans, killOrphans } from '../../../../scripts/lib/process/orphans.ts'
import { type Setting, testIf } from '../inside.ts'
import { leaveTwo, living } from '../survivors.ts'

export function processesCases(setting: Setting): void {
  const { sandbox, run, start } = setting

  testIf(sandbox.holds.signals)('processes of outside cannot be ended, traced or looked into', async () => {
    const { pid, isAlive } = await outside(setting)
    const { stdout } = await run(`
      kill -9 ${pid} 2> /dev/null && echo killed
      cat /proc/${pid}/environ /proc/${pid}/maps /proc/${pid}/mem 2> /dev/null | head -c 100
      ls /proc/${pid}/root/ /proc/${pid}/cwd/ 2> /dev/null
      readlink /proc/${pid}/fd/0 /proc/${pid}/exe
      # ptrace(PTRACE_ATTACH)
      perl -e 'print "traced\\n" if syscall(${process.arch === 'x64' ? 101 : 117}, 16, ${pid}, 0, 0) == 0'
      echo end
    `)
    expect(stdout).toBe('end')
    expect(isAlive()).toBe(true)
  })

  testIf(sandbox.holds.processes)('they are not seen either', async () => {
    const { pid } = await outside(setting)
    const { stdout } = await run(
      `cat /proc/[0-9]*/cmdline | tr '\\0' ' '; echo; ls -d /proc/${pid}; ls -d /proc/[0-9]* | wc -l`,
    )
    expect(stdout).not.toContain(outsideMark)
    expect(Number(stdout.split('\n').at(-1))).toBeLessThan(12)
  })

  // Elsewhere these are the descendants of the runner, a subreaper.
  testIf(sandbox.holds.processes)(
    'nothing outlives it: not what was forked twice, with a session of its own and no environment',
    async () => {
      const mark = randomUUID()
      const { outcome, child } = await start(() => ['sh', '-c', leaveTwo(mark)], { mark })
      // The output stays open as long as one of them lives.
      const [code] = await once(child, 'exit')
      expect(code).toBe(3)
      await until(() => living(mark) === 2)
      const killed = await killOrphans(mark)
      await outcome
      expect(living(mark)).toBe(0)
      expect(await findOrphans(mark)).toEqual([])
      expect(killed).toBe(2)
    },
  )

  testIf(sandbox.holds.processes)('nor a sandbox whose outer process was killed', async () => {
    const mark = randomUUID()
    const { outcome, child } = await start(() => ['sh', '-c', leaveTwo(mark)], { mark })
    await until(() => living(mark) === 2)
    child.kill('SIGKILL')
    await killOrphans(mark)
    await outcome
    expect(living(mark)).toBe(0)
  })

  test('SIGTERM to the process group reaches the command, which may end its work', async () => {
    const mark = randomUUID()
    const script = 'trap "sleep 0.2; echo 1 > ended; exit 0" TERM; echo 1 > begun; while :; do sleep 0.05; done'
    const { outcome, child, place } = await start(() => ['sh', '-c', script], { mark })
    await until(() => names(place.slot).includes('begun'))
    process.kill(-(child.pid ?? 0), 'SIGTERM')
    await outcome
    await until(() => names(place.slot).includes('ended'))
    await killOrphans(mark)
  })

  test('the exit code is that of the command, and 128 + n where signal n ended it', async () => {
    expect((await run('exit 7')).code).toBe(7)
    const { code, signal } = await run('kill -9 $$')
    // Without a process of its own around it, the command's end is the sandbox's.
    expect(sandbox.holds.processes ? code : signal).toBe(sandbox.holds.processes ? 128 + 9 : 'SIGKILL')
    expect((await run('exec /nonexistent/program')).code).toBe(127)
  })

  test('the command has the descriptors that it was given', async () => {
    const { child, outcome } = await start(() => [
      'sh',
      '-c',
      'read line <&3; echo "got $line" >&3; echo out; echo err >&2',
    ])
    const socket = child.stdio[3] as Socket
    let answer = ''
    socket.setEncoding('utf8').on('data', text => {
      answer += text
    })
    socket.write('a line\n')
    expect(await outcome).toMatchObject({ stdout: 'out', stderr: 'err', code: 0 })
    expect(answer).toBe('got a line\n')
  })

  test('it has the working directory and the variables that it was given', async () => {
    const { stdout, place } = await run('pwd; echo "$HOME $GIVEN"; cd; pwd', { env: { GIVEN: 'a b' } })
    expect(stdout.split('\n')).toEqual([place.slot, `${place.home} a b`, place.home])
  })
}

const outsideMark = 'nightshift-test-outside'

/** A process of the same user. */
async function outside({ user }: Setting) {
  const child = spawn('sh', ['-c', 'while :; do sleep 1; done', outsideMark], {
    ...(process.getuid?.() === user ? {} : { uid: user, gid: user }),
    cwd: '/',
    stdio: 'ignore',
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child, 'spawn')
  return { pid: child.pid, isAlive: () => child.exitCode === null && child.signalCode === null }
}

const names = (folder: string) => readdirSync(join(folder))

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await wait(20)
}
