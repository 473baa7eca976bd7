import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { MAX_HOOK_OUTPUT } from '../../../scripts/ratchet/hooks/output.ts'
import { type HookCall, runHook } from '../../../scripts/ratchet/hooks/runHook.ts'
import { scratch } from '../../helpers/throwaway.ts'

let calls = 0

async function call(command: string, more: Partial<HookCall> = {}) {
  const cwd = await scratch()
  const env = { PATH: process.env.PATH ?? '' }
  const mark = `hook-test-${process.pid}-${calls++}`
  const event = { event: 'test', description: "'; touch broken; $(touch broken)" }
  const result = await runHook({ command, event, cwd, env, mark, stop: new AbortController().signal, ...more })
  return { result, read: (name: string) => readFile(join(cwd, name), 'utf8') }
}

/** A zombie is not. */
const isAlive = async (pid: string) => {
  const { stdout } = await execa('ps', ['-o', 'stat=', '-p', pid.trim()], { reject: false })
  return stdout !== '' && !stdout.startsWith('Z')
}

test('a hook gets the event as one line of JSON, and its exit code decides', async () => {
  const passed = await call('cat > got.json; ls > listed')
  expect(passed.result).toEqual({ kind: 'passed' })
  const got = await passed.read('got.json')
  expect(got.trim().split('\n')).toHaveLength(1)
  expect(JSON.parse(got)).toEqual({ event: 'test', description: "'; touch broken; $(touch broken)" })
  expect(await passed.read('listed')).not.toContain('broken')

  const refused = await call('echo "no \u001b[31mred\u001b[0m lines"; echo "line 2" >&2; exit 3')
  expect(refused.result).toMatchObject({ kind: 'refused', why: 'ended with exit code 3' })
  expect((refused.result as { output: string }).output.split('\n').sort()).toEqual(['line 2', 'no red lines'])
})

test('a hook need not read a large event', async () => {
  const event = { patch: 'x'.repeat(2 ** 21) }
  expect((await call('exit 0', { event })).result).toEqual({ kind: 'passed' })
  expect((await call('exit 1', { event })).result).toEqual({
    kind: 'refused',
    why: 'ended with exit code 1',
    output: '',
  })
})

test('a hook that cannot start or is killed is broken, which refuses nothing by itself', async () => {
  expect((await call('no-such-program --check')).result).toMatchObject({
    kind: 'broken',
    why: 'ended with exit code 127',
    output: expect.stringMatching(/not found$/),
  })
  expect((await call('./missing.sh')).result).toMatchObject({ kind: 'broken' })
  expect((await call('echo > plain; ./plain')).result).toMatchObject({
    kind: 'broken',
    why: expect.stringContaining('exit code 126'),
  })
  expect((await call('kill -KILL $$')).result).toEqual({ kind: 'broken', why: 'was ended by SIGKILL', output: '' })
  expect((await call('exit 255')).result).toMatchObject({ kind: 'refused' })
  expect((await call('true', { cwd: '/no/such/folder' })).result).toMatchObject({
    kind: 'broken',
    why: 'could not start',
  })
})

test('a hook that hangs is killed with all that it started', async () => {
  const command = 'trap "" TERM; (trap "" TERM HUP; exec sleep 60) & echo $! > child; echo $$ > own; wait; sleep 60'
  const { result, read } = await call(command, { timeout: 500 })
  expect(result).toEqual({ kind: 'broken', why: 'did not end within 0.5 seconds', output: '' })
  for (const name of ['child', 'own']) expect(await isAlive(await read(name))).toBe(false)
})

test('what outlives a hook is killed, and the hook does not wait for it', async () => {
  const { result, read } = await call('sleep 60 & echo $! > child; echo told; exit 4')
  expect(result).toEqual({ kind: 'refused', why: 'ended with exit code 4', output: 'told' })
  expect(await isAlive(await read('child'))).toBe(false)
  const unmarked = await call('env -i sleep 60 & echo $! > child; sleep 0.1; exit 4')
  expect(unmarked.result).toMatchObject({ kind: 'refused' })
  expect(await isAlive(await unmarked.read('child'))).toBe(false)
  // It hides from the search, and holds the pipes.
  const hidden = await call('setsid env -i sleep 60 & echo $! > child; sleep 0.1; exit 4')
  expect(hidden.result).toMatchObject({ kind: 'refused' })
  process.kill(Number(await hidden.read('child')), 'SIGKILL')
})

test('of a flood of output the beginning and the end are kept', async () => {
  const flood = "echo first; head -c 30000000 /dev/zero | tr '\\0' 'ä' ; echo; echo last; exit 1"
  const { result } = await call(flood)
  const { output } = result as { output: string }
  expect(output).toMatch(/^first\n[\s\S]*\n\[\d+ bytes left out\]\n[\s\S]*\nlast$/)
  expect(Buffer.byteLength(output)).toBeLessThanOrEqual(MAX_HOOK_OUTPUT)
  expect((await call('yes', { timeout: 300 })).result).toMatchObject({ kind: 'broken' })
})

test('a hook is ended with the session, and is not started after that', async () => {
  const stop = new AbortController()
  setTimeout(() => stop.abort(), 200)
  expect((await call('sleep 60', { stop: stop.signal })).result).toEqual({ kind: 'stopped' })
  expect((await call('echo > ran', { stop: stop.signal })).result).toEqual({ kind: 'stopped' })
})
