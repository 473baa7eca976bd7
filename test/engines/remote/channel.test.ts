import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Channel, localChannel, processChannel } from '../../../scripts/engines/remote/channel.ts'
import { nodeFolder } from '../../../scripts/engines/remote/files.ts'
import { poll, setup } from '../../../scripts/engines/remote/verbs.ts'
import { scratch } from '../../helpers/throwaway.ts'
import { python } from '../node/modules.ts'

/** A channel whose node executes a shell script, whatever the verb. */
const says = (script: string) => processChannel('n1', args => ['sh', '-c', script, 'sh', ...args])

test('a verb that fails is quoted, without what a terminal would execute', async () => {
  const channel = says(`printf 'before\\nerror: the \\033[31mdisk\\033[0m is full\\n' >&2; exit 1`)
  await expect(channel.call(['put'])).rejects.toMatchObject({
    message: '`put` on n1 failed: the disk is full.',
    exitCode: 1,
    said: expect.stringContaining('before'),
  })
})

test.for([
  { what: 'says nothing', script: 'exit 3', message: '`poll` on n1 failed: exit code 3.' },
  { what: 'takes too long', script: 'sleep 60', message: '`poll` on n1 failed: no answer within 0.2 s.' },
  { what: 'does not end', script: 'cat /dev/zero', message: '`poll` on n1 failed: more than 1000 bytes of output.' },
])('a verb that $what fails', async ({ script, message }) => {
  const options = script === 'sleep 60' ? { seconds: 0.2 } : { limit: 1000 }
  await expect(says(script).call(['poll'], options)).rejects.toMatchObject({ message })
})

test('a program that is not there is an error that names it', async () => {
  await expect(localChannel('/no/python3', nodeFolder).call(['poll'])).rejects.toThrow(/\/no\/python3/)
})

test('input that is not read to its end is no failure of its own', async () => {
  expect(String(await says('echo done').call(['put'], { input: Buffer.alloc(2 ** 22) }))).toBe('done\n')
})

test('a call is ended by its signal', async () => {
  const stop = new AbortController()
  const call = says('sleep 60').call(['poll'], { signal: stop.signal })
  stop.abort()
  await expect(call).rejects.toThrow(/it was stopped/)
})

test('an answer that is none is refused', async () => {
  await expect(poll(says('echo Welcome to n1'), '/root')).rejects.toThrow(
    /answered what is no answer of it: Welcome to n1/,
  )
  const hostile = JSON.stringify({ now: 0, clock: 0, runs: { '../x': {} }, workers: {} })
  await expect(poll(says(`echo '${hostile}'`), '/root')).rejects.toThrow(/no answer of it/)
  const job = { command: '', env: {}, inherit: [], target: '', links: {} }
  await expect(setup(says('echo out'), '/root', job, () => {})).rejects.toThrow(/no answer of it: out/)
})

const answers = (polled: Record<string, unknown>): Channel => ({
  name: 'n1',
  call: async () => Buffer.from(JSON.stringify({ now: 0, clock: 0, runs: {}, workers: {}, ...polled })),
})

test('words of a run in an answer are cleaned', async () => {
  const run = { state: 'lost', slot: 0, node: 'n\u001b[31m1', cause: 'node failed', detail: 'a\nb' }
  const answer = JSON.stringify({ now: 0, clock: 0, runs: { k: run }, workers: {} })
  const { runs } = await poll(says(`cat <<'END'\n${answer}\nEND`), '/root')
  expect(runs.k).toMatchObject({ node: 'n1', detail: 'a b' })
  const long = { ...run, node: '\u001b[2J'.repeat(100_000), detail: 'x'.repeat(2_000_000) }
  const words = await poll(answers({ runs: { k: long } }), '/root')
  expect(words.runs.k).toMatchObject({ node: '', detail: expect.stringMatching(/^x{299}…$/) })
  await expect(poll(answers({ runs: { k: { ...run, slot: -1 } } }), '/root')).rejects.toThrow(/runs\.k\.slot/)
})

test('a verb, a root and a key that are none are named', async () => {
  const channel = localChannel(python, nodeFolder)
  await expect(channel.call(['dance'])).rejects.toThrow(/There is no verb "dance"/)
  await expect(channel.call(['poll', 'here'])).rejects.toThrow(/The root "here" is no absolute path/)
  await expect(channel.call(['fetch', join(await scratch(), 'r'), '../x'])).rejects.toThrow(/'\.\.\/x' is no key/)
  await expect(channel.call(['serve', '/r'])).rejects.toThrow(/`serve` takes ROOT SLOT/)
})
