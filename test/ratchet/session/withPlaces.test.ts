/** What the journal says of a host that does not answer, by an engine over a folder of this machine. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { NodeFailure } from '../../../scripts/engines/remote/channel.ts'
import { openHostEngine } from '../../../scripts/engines/remote/hosts.ts'
import { serial } from '../../../scripts/lib/serial.ts'
import type { Contract } from '../../../scripts/program/contract.ts'
import { recordPlaces } from '../../../scripts/ratchet/session/withPlaces.ts'
import { files } from '../../../scripts/record/files/paths.ts'
import { readJournal } from '../../../scripts/record/journal.ts'
import type { OwnSession } from '../../../scripts/record/schema.ts'
import { initialState } from '../../../scripts/record/state.ts'
import { filesOf, until, untilReady } from '../../engines/remote/jobs.ts'
import { buildSession } from '../../helpers/exampleRecords.ts'
import { localHost } from '../../helpers/localHosts.ts'
import { scratch } from '../../helpers/throwaway.ts'

test('a host that does not answer is recorded with the reason, and again when it does, but not each silence', async ({
  onTestFinished,
}) => {
  const folder = await scratch(onTestFinished)
  let reason: string | null = null
  const host = localHost('a', join(folder, 'a'), channel => ({
    ...channel,
    call: (args, options) => {
      if (reason !== null && args[0] === 'poll') throw new NodeFailure(reason, '', { exitCode: 255, said: '' })
      return channel.call(args, options)
    },
  }))
  const engine = openHostEngine({
    description: 'a folder',
    hosts: [host],
    places: [{ host: 0, gpus: null }],
    files: filesOf({ 'train.sh': 'echo base\n' }),
    setUp: { target: '.', links: {}, inherit: [] },
    tell: () => {},
    timing: { busy: 100, idle: 100, retry: 100 },
  })
  onTestFinished(() => engine.close())
  const records = join(folder, 'records')
  await mkdir(records)
  const state = initialState(buildSession() as OwnSession)
  const contract = {
    run: 'sh train.sh',
    resources: null,
    sandbox: 'off',
    engine: { use: 'ssh', hosts: [{ gpus: null }] },
  } as unknown as Contract
  const context = {
    folder: records,
    state,
    contract,
    echo: () => {},
    journal: serial(),
    engine,
    terminal: null as never,
  }
  const recorded = new Map<number, number>()
  const record = (silence: number) => recordPlaces(context, engine, recorded, { silence, words: 60_000 })
  const untilWords = (words: string) =>
    until(
      () => engine.places[0]?.state,
      state => state?.kind === 'waiting' && state.reason === words,
    )

  await untilReady(engine, 0)
  await record(0)
  reason = 'connection refused'
  await untilWords(reason)
  await record(60_000)
  expect(state.places.get(0)?.state).toBe('ready')
  await record(0)
  reason = 'no route to host'
  await untilWords(reason)
  await record(0)
  reason = null
  await untilReady(engine, 0)
  await record(0)
  await record(0)
  const events = await readJournal(files.journal(records))
  const places = events.flatMap(e => (e.event === 'place' ? [{ state: e.state, reason: e.reason }] : []))
  expect(places).toEqual([
    { state: 'ready', reason: null },
    { state: 'waiting', reason: 'connection refused' },
    { state: 'ready', reason: null },
  ])
})
