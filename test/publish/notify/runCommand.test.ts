import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { messageSchema, testMessage } from '../../../scripts/publish/notify/message.ts'
import { runCommand } from '../../../scripts/publish/notify/runCommand.ts'
import { scratch } from '../../helpers/throwaway.ts'

test('a command gets the message as one line of JSON, in the folder of program.md', async () => {
  const folder = await scratch()
  const hostile = { ...testMessage(), title: "'; touch broken; $(touch broken) `touch broken`" }
  expect(await runCommand('cat > got.json', hostile, folder)).toEqual({ ok: true, what: 'ended with exit code 0' })
  const text = await readFile(join(folder, 'got.json'), 'utf8')
  expect(text.trim().split('\n')).toHaveLength(1)
  expect(messageSchema.parse(JSON.parse(text))).toEqual(hostile)
  expect(existsSync(join(folder, 'broken'))).toBe(false)
})

test('a command may ignore the message; one that fails is told by its exit code and the last line of its errors', async () => {
  const folder = await scratch()
  expect((await runCommand('true', testMessage(), folder)).ok).toBe(true)
  expect(await runCommand('echo one >&2; echo "two \u001b[31mred" >&2; exit 3', testMessage(), folder)).toEqual({
    ok: false,
    what: 'ended with exit code 3',
    output: 'two red',
  })
  expect(await runCommand('no-such-program', testMessage(), folder)).toEqual({
    ok: false,
    what: 'ended with exit code 127',
    output: expect.stringMatching(/not found$/),
  })
})

test('a command that hangs is ended with what it started', async () => {
  const folder = await scratch()
  const hanging =
    'trap "" TERM; (trap "" TERM; while true; do echo alive > alive; sleep 0.05; done) & echo $! > child; wait'
  const { ok, what } = await runCommand(hanging, testMessage(), folder, 500)
  expect({ ok, what }).toEqual({ ok: false, what: 'did not end within 0.5 seconds' })
  const child = Number(await readFile(join(folder, 'child'), 'utf8'))
  await vi.waitFor(() => expect(() => process.kill(child, 0)).toThrow(), { timeout: 5000 })
})

test('a command that floods its errors is ended', async () => {
  const folder = await scratch()
  await writeFile(join(folder, 'flood.sh'), 'yes error >&2\n')
  expect((await runCommand('sh flood.sh', testMessage(), folder)).ok).toBe(false)
})
