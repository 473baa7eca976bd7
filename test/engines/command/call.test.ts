import { expect, test } from 'vitest'
import { answerOf, outputOf } from '../../../scripts/engines/command/call.ts'
import { polled, submitted } from '../../../scripts/engines/command/messages.ts'
import { scratch } from '../../helpers/throwaway.ts'

const call = (command: string, timeout = 30) => ({ verb: 'poll' as const, command, cwd: process.cwd(), timeout })
const form = '{"jobs": […]}'
const answer = (command: string) => answerOf(call(command), {}, polled, form)
const said = (what: string) => `The command engine.poll of program.md ${what}.`

test('a command starts in its folder, and is told of data on its standard input only', async () => {
  const cwd = await scratch()
  const message = { key: 'it\'s "; touch made; $(touch made) \\' }
  const command = { ...call('cat; echo; pwd; echo $#'), cwd }
  expect((await outputOf(command, message)).toString()).toBe(`${JSON.stringify(message)}\n${cwd}\n0\n`)
})

test('the JSON object of an answer is its last line or all of it', async () => {
  expect(await answer(`echo Fetching; echo '{"jobs": []}'`)).toEqual({ jobs: [] })
  const job = '{"jobs":\n [{"key": "k",\n "job": 7, "state": "running"}]}'
  expect(await answer(`printf '%s' '${job}'`)).toEqual({
    jobs: [{ key: 'k', job: '7', state: 'running', cause: 'runner killed', reason: null, node: null }],
  })
})

test.each([
  ['exit 7', 'failed with exit code 7'],
  [
    'echo first >&2; printf "\\033[31mno quota left.\\033[0m\\n\\n" >&2; exit 1',
    'failed with exit code 1: no quota left',
  ],
  ['kill -9 $$', 'was ended by SIGKILL'],
  ['true', `printed nothing where it is to print ${form}`],
  ['echo Usage: launcher', `printed “Usage: launcher” where it is to print ${form}`],
  ['head -c 3000000 /dev/urandom | base64 -w0', /printed “\S{100,}…?” where it is to print/],
  [`echo '[]'`, /^.*printed JSON that is not \{"jobs": \[…\]\}: it: /],
  [
    `echo '{"jobs": [{"key": "k", "job": "7", "state": "PENDING"}]}'`,
    /jobs\.0\.state: is one of waiting, running, ended/,
  ],
  [
    `echo '{"jobs": [{"key": "k", "job": "7", "state": "failed", "cause": "x"}]}'`,
    /jobs\.0\.cause: is one of node failed/,
  ],
])('%s', async (command, what) => {
  const failed = await answer(command).then(
    () => '',
    (error: Error) => error.message,
  )
  if (typeof what === 'string') expect(failed).toBe(said(what))
  else expect(failed).toMatch(what)
})

test('a command that hangs or prints too much is ended with what it started', async () => {
  await expect(outputOf(call('echo asks for a password >&2; sleep 600 & sleep 600', 1), {})).rejects.toThrow(
    said('took longer than 1 second: asks for a password'),
  )
  await expect(outputOf(call('yes'), {}, 2 ** 20)).rejects.toThrow(said('printed more than 1 MiB'))
})

test('a program that it leaves behind holds nobody up', async () => {
  const output = await outputOf(call('sleep 600 & echo $!'), {})
  process.kill(Number(output.toString()))
})

test('what a launcher calls a job is a line without surprises', () => {
  expect(submitted.parse({ job: 'ana/687fb701 (1)' })).toEqual({ job: 'ana/687fb701 (1)' })
  for (const job of ['', ' x', 'a\nb', '\u001b[2J', 'x'.repeat(301), 1.5, null])
    expect(submitted.safeParse({ job }).success).toBe(false)
})
