import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { type Message, messageSchema } from '../../../scripts/publish/notify/message.ts'
import { readNotified } from '../../../scripts/record/files/notified.ts'
import { readSession } from '../../../scripts/record/files/paths.ts'
import { player, program, set, trainer } from '../../helpers/target.ts'
import { nightshift, repository, sessionsOf, write } from '../../helpers/throwaway.ts'
import { closedPort, type Got, webhook } from '../../helpers/webhook.ts'
import { gated, session } from '../../ratchet/gated.ts'
import { folderOf } from '../../ratchet/session/faults.ts'

const slow = { timeout: 60_000 }

const read = ({ body }: Pick<Got, 'body'>): Message => messageSchema.parse(JSON.parse(body))

/** The small target, whose program.md has this `notify`. */
async function target(notify: string, agent = player([set('RATE', '0.08')]), train = trainer): Promise<string> {
  const root = await repository({ 'train.js': train, 'frozen.txt': 'as it is\n' })
  await write(join(root, '..'), { 'agent.sh': agent })
  await write(root, { 'program.md': program(join(root, '../agent.sh'), `notify: ${notify}\n`) })
  return root
}

const start = (root: string, args: string[], env: Record<string, string> = {}) =>
  nightshift(root, 'session', ['--program', 'program.md', '--tag', 'try', '--seeds', '2', ...args], env)

test('an outage is told of when it lasts and when it is over, and the end with the result', slow, async () => {
  // The agent is out until the message about that has come.
  const agent = `#!/bin/sh
cat > /dev/null
if grep -q 'RATE = 0.02' train.js; then ${set('RATE', '0.04')}; exit; fi
[ -e "$0.told" ] || exit 75
${set('RATE', '0.08')}
`
  const root = await target('{ url: $TEAM_WEBHOOK }', agent)
  const { address, got } = await webhook((response, one) => {
    response.end('ok')
    if (read(one).event === 'outage') void writeFile(join(root, '../agent.sh.told'), '')
  })
  const env = { TEAM_WEBHOOK: address, NIGHTSHIFT_SITE: 'https://example.org/notebook' }
  const result = await start(root, ['--experiments', '2'], env)
  expect(result.exitCode, result.stderr).toBe(0)
  expect(result.stderr).toMatch(
    /notify\s+end, outage, machine: a webhook at 127\.0\.0\.1:\d+, the address in\s+\$TEAM_WEBHOOK/,
  )
  expect(result.stderr).toMatch(/notify\s+end told: a webhook at \S+ answered 200/)

  const folder = await folderOf(root)
  const page = `https://example.org/notebook/sessions/${basename(folder)}.html`
  const messages = got.map(read)
  expect(messages.map(({ event, session, address }) => ({ event, session, address }))).toEqual(
    ['outage', 'outage', 'end'].map(event => ({ event, session: basename(folder), address: page })),
  )
  const [out, back, end] = messages
  expect(out?.title).toMatch(/^try · CPU: command is out$/)
  expect(out?.text).toMatch(
    /^Command has been out \(overload\) since \d\d:\d\d UTC, .*The first failure: .*It is asked again every few minutes/,
  )
  expect(out?.outage).toMatchObject({ agent: 'command', kind: 'overload', endedAt: null })
  expect(back?.title).toBe('try · CPU: command answers again')
  expect(back?.text).toMatch(/^Command was out \(overload\) from [\d:]+ to [\d:]+ UTC, [^,;]*\.$/)
  expect(back?.outage?.startedAt).toBe(out?.outage?.startedAt)
  expect(end?.title).toMatch(/^try · CPU: loss 1\.2\d* → 1\.0\d*, 16\.\d% lower$/)
  expect(end?.text).toMatch(
    /^Confirmed on 2 new seeds\. The change is −0\.2\d* ± \S+ loss \(95% interval\).*It ended: 2 experiments done\.$/,
  )
  expect(end?.confirmed).toMatchObject({ metric: 'loss', goal: 'minimize', seeds: 2, verdict: 'better' })
  expect(end?.stop?.kind).toBe('experiments')
  // Neither records nor the terminal hold the address.
  const told = await readNotified(folder)
  expect(told.map(({ event, to, acknowledged }) => [event, to, acknowledged])).toEqual(
    Array(3)
      .fill(0)
      .map((_, i) => [messages[i]?.event, 'json', true]),
  )
  for (const text of [result.stderr, await readFile(join(folder, 'notified.json'), 'utf8')])
    expect(text).not.toContain('s3cret-of-the-channel')
})

test('a broken machine is told to a command once, and the end after the resumption', slow, async () => {
  const steps = [set('A', '1'), ...[2, 3, 4, 5, 6].map(n => set('B', String(n))), set('C', '1')]
  const root = await gated(
    "if (values[1] > 0) log('broken', values); if (!opened() && read(around + '/log').some(line => line.what === 'broken')) throw new Error('no GPU')",
    steps,
    'fixes: 0\nnotify: { command: "cat >> ../got.jsonl" }\n',
    0,
  )
  const got = async () =>
    (await readFile(join(root, '../got.jsonl'), 'utf8'))
      .trim()
      .split('\n')
      .map(body => read({ body }))
  const stopped = await session(root, ['--experiments', '7', '--seeds', '1'])
  expect(stopped.exitCode, stopped.stderr).toBe(2)
  const id = basename(await folderOf(root))
  expect((await got()).map(({ event }) => event)).toEqual(['machine'])
  const [broken] = await got()
  expect(broken?.title).toBe('try · CPU: stopped, the machine is likely at fault')
  expect(broken?.text).toMatch(/It ended: the head \(.*\) fails too.*no GPU.* To continue: npx pnpm session resume /)
  expect(broken?.text).toContain(id)

  await writeFile(join(root, '../open'), '')
  const resumed = await session(root, ['--resume', id])
  expect(resumed.exitCode, resumed.stderr).toBe(0)
  expect((await got()).map(({ event }) => event)).toEqual(['machine', 'end'])
})

test('a detached session whose message is not acknowledged ends all the same, and status says so', slow, async () => {
  const root = await target(`{ url: "${await closedPort()}/s3cret", on: end }`)
  const begun = await start(root, ['--experiments', '1', '--detach', '--json'])
  expect(begun.exitCode, begun.stderr).toBe(0)
  const folder = await folderOf(root)
  await vi.waitFor(async () => expect(await readNotified(folder)).toHaveLength(1), { timeout: 30_000, interval: 100 })
  expect(await readNotified(folder)).toMatchObject([{ event: 'end', acknowledged: false }])
  const status = await nightshift(root, 'status', [])
  expect(status.stdout).toMatch(
    /notify +end not acknowledged at \d\d:\d\d UTC: json refused the connection, on a second\s+try too/,
  )
  expect((await readSession(folder)).session.stop?.kind).toBe('experiments')
  const log = await readFile(join(root, '../work', basename(folder), 'session.log'), 'utf8')
  expect(log).toMatch(/end not acknowledged: a webhook at 127\.0\.0\.1:\d+ refused the connection/)

  // Each end is told: what goes on after it ends anew, and reads program.md as it is then.
  await write(root, { 'program.md': program(join(root, '../agent.sh'), 'notify: { url: $TEAM_WEBHOOK }\n') })
  const missing = await nightshift(root, 'session', ['resume', basename(folder), '--experiments', '2'])
  expect(missing.exitCode).toBe(2)
  expect(missing.stderr).toContain('TEAM_WEBHOOK is not set')
  const { address, got } = await webhook()
  const again = await nightshift(root, 'session', ['resume', basename(folder), '--experiments', '2'], {
    TEAM_WEBHOOK: address,
  })
  expect(again.exitCode, again.stderr).toBe(0)
  expect(got.map(one => read(one).event)).toEqual(['end'])

  // A report that is written later, as after a kill, does not tell the same end again.
  await rm(join(folder, 'report.md'))
  const reported = await nightshift(root, 'session', ['resume', basename(folder)], { TEAM_WEBHOOK: address })
  expect(reported.exitCode, reported.stderr).toBe(0)
  expect(got).toHaveLength(1)
})

test('a baseline that fails is told as the end', slow, async () => {
  const { address, got } = await webhook()
  const root = await target(
    '{ url: $TEAM_WEBHOOK, on: [end, machine] }',
    undefined,
    `throw new Error('no such file')\n`,
  )
  const result = await start(root, ['--experiments', '1'], { TEAM_WEBHOOK: address })
  expect(result.exitCode).toBe(2)
  expect(got.map(one => read(one).title)).toEqual(['try · CPU: the baseline failed'])
  expect(read(got[0] as Got).text).toMatch(/no such file/)
})

test('with `on: confirmed`, an end without a confirmed gain is not told', slow, async () => {
  const { address, got } = await webhook()
  const root = await target('{ url: $TEAM_WEBHOOK, on: confirmed }')
  expect((await start(root, ['--experiments', '0'], { TEAM_WEBHOOK: address })).exitCode).toBe(0)
  expect(got).toEqual([])
})

test(
  '--notify-test sends a message and says what answered; --dry-run says who is told; both run nothing',
  slow,
  async () => {
    const root = await target('{ url: $TEAM_WEBHOOK, as: slack }')
    const { address, got } = await webhook((response, _, before) =>
      before === 0 ? response.end('ok') : response.writeHead(404).end('no_team'),
    )
    const env = { TEAM_WEBHOOK: address }
    const arrived = await start(root, ['--notify-test'], env)
    expect(arrived.exitCode, arrived.stderr).toBe(0)
    expect(arrived.stderr).toMatch(/test\s+Slack at 127\.0\.0\.1:\d+ answered 200/)
    expect(JSON.parse(got[0]?.body ?? '').text).toMatch(/^Nightshift: a test\n/)
    const refused = await start(root, ['--notify-test'], env)
    expect(refused.exitCode).toBe(2)
    expect(refused.stderr).toMatch(/The test message was not acknowledged: Slack at \S+ answered 404 \(“no_team”\)/)
    const dry = await start(root, ['--dry-run', '--json'], env)
    expect(JSON.parse(dry.stdout).atEnd).toEqual([
      { key: 'notify', text: `end, outage, machine: Slack at ${new URL(address).host}, the address in $TEAM_WEBHOOK` },
    ])
    for (const args of [['--notify-test'], ['--dry-run'], []]) {
      const unset = await start(root, args)
      expect(unset.exitCode).toBe(2)
      expect(unset.stderr).toContain('the environment variable TEAM_WEBHOOK is not set')
    }
    expect(got).toHaveLength(2)
    expect(existsSync(sessionsOf(root))).toBe(false)
    await write(root, { 'program.md': program('agent.sh') })
    expect((await start(root, ['--notify-test'])).stderr).toMatch(/program\.md has no notify/)
  },
)
