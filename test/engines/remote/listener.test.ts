import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { localChannel, localCommand } from '../../../scripts/engines/remote/channel.ts'
import { nodeFolder } from '../../../scripts/engines/remote/files.ts'
import { listeningChannel } from '../../../scripts/engines/remote/listener.ts'
import { nodePaths } from '../../../scripts/engines/remote/paths.ts'
import { fetch, poll, remove, submit } from '../../../scripts/engines/remote/verbs.ts'
import { scratch } from '../../helpers/throwaway.ts'
import { python } from '../node/modules.ts'
import { shellJob } from '../shellJob.ts'

test('one process answers the calls of many at once, each with its own answer, and another one after it was killed', async () => {
  const [root, pids] = [join(await scratch(), 'root'), join(await scratch(), 'pids')]
  const command = localCommand(python, nodeFolder, ['listen'])
  const channel = listeningChannel(localChannel(python, nodeFolder), [
    ...['sh', '-c', 'echo $$ >> "$0"; exec "$@"', pids],
    ...command,
  ])
  const { job } = shellJob(nodePaths(root, 0, 'k1'), 'k1', 0, 'exit', 60)
  const answers = await Promise.allSettled([
    submit(channel, root, job, 'held'),
    remove(channel, root, 'k1'),
    poll(channel, root),
    fetch(channel, root, '../k'),
    poll(channel, '/proc/no'),
  ])
  expect(answers).toMatchObject([
    { value: { state: 'waiting', slot: 0 } },
    { reason: { message: '`remove` on this machine failed: k1 waits: `cancel` takes it back.', exitCode: 1 } },
    { value: { runs: { k1: { state: 'waiting' } } } },
    { reason: { exitCode: 2, message: expect.stringContaining("'../k' is no key") } },
    { reason: { exitCode: 1, message: expect.stringContaining('/proc/no') } },
  ])
  const started = async () => (await readFile(pids, 'utf8')).trim().split('\n').map(Number)
  const [pid = 0, ...others] = await started()
  expect(others).toEqual([])
  process.kill(pid, 'SIGKILL')
  await expect.poll(() => poll(channel, root).catch(() => null)).toMatchObject({ runs: { k1: { slot: 0 } } })
  expect(await started()).toHaveLength(2)
})

test.for([
  {
    what: 'says too much',
    script: 'echo \'{"code":0,"said":"","bytes":1001}\'; cat',
    why: 'more than 1000 bytes of output',
  },
  { what: 'says something else', script: 'echo Welcome; cat', why: 'it answered what is no answer' },
  { what: 'is silent', script: 'cat > /dev/null', why: 'no answer within 0.5 s' },
  { what: 'ends', script: 'read line; echo "no space" >&2', why: 'its process has ended' },
])('a listener that $what fails its calls', async ({ script, why }) => {
  const channel = listeningChannel(localChannel(python, nodeFolder), ['sh', '-c', script])
  const message = `\`poll\` on this machine failed: ${why}.`
  await expect(channel.call(['poll', '/r'], { limit: 1000, seconds: 0.5 })).rejects.toMatchObject({
    message,
    exitCode: null,
  })
})
