import { cp, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { digest } from '../../scripts/analysis/digest.ts'
import { readDigest } from '../../scripts/analysis/readDigest.ts'
import { digestVersion } from '../../scripts/analysis/schema.ts'
import { readForeignSession } from '../../scripts/collect/session.ts'
import { readSide } from '../../scripts/compare/read.ts'
import { readPatches } from '../../scripts/record/files/patches.ts'
import { files, readSession } from '../../scripts/record/files/paths.ts'
import { readSource } from '../../scripts/record/files/source.ts'
import { readImported } from '../../scripts/record/imported.ts'
import { readJournal } from '../../scripts/record/journal.ts'
import { upgradeEvent, upgradeExperiment, upgradeSession, upgradeSource } from '../../scripts/record/schema1.ts'
import { apply, initialState } from '../../scripts/record/state.ts'
import { readCurrentDigest } from '../../scripts/report/input.ts'
import { openReport } from '../../scripts/report/read.ts'
import { readEntry } from '../../site/data/sessions.ts'
import { view } from '../../site/data/view.ts'
import { downgradeSession } from '../helpers/schema1.ts'
import { emptyRoot, nightshift, scratch, sessionsOf } from '../helpers/throwaway.ts'
import { args, checkWhole, finish, folderOf, target } from '../ratchet/session/faults.ts'

const id = '2026-11-27-h100-80gb-nslg-h100'
const fixtures = join(import.meta.dirname, '../fixtures/records/schema1')
const recorded = join(fixtures, id)

/** A copy of the recorded session that a test may write to. */
async function copy(): Promise<string> {
  const folder = join(await scratch(), id)
  await cp(recorded, folder, { recursive: true })
  return folder
}

test('the records of a session of schema 1 read as those of schema 2', async () => {
  const { session, experiments } = await readSession(recorded)
  expect(session.schema).toBe(2)
  expect(experiments.map(e => e.madeFrom?.number ?? null)).toEqual([null, null, 0])
  expect(experiments.map(e => e.decision?.head ?? null)).toEqual([null, 1.406709, 1.336987])
  expect(experiments[2]?.looks?.map(look => look.head)).toEqual([2])
})

test('a journal of schema 1 gives the same records', async () => {
  const events = await readJournal(files.journal(recorded))
  const first = events[0]
  if (first?.event !== 'started') throw new Error('The journal begins with the session.')
  const state = initialState(first.session)
  for (const event of events) apply(state, event)
  const { session, experiments } = await readSession(recorded)
  // When its harness ran is read from the journal alone.
  const { active, ...others } = state.session
  expect(others).toEqual(session)
  expect(active).toEqual([{ from: session.startedAt, to: session.endedAt, devices: 1 }])
  expect(state.experiments).toEqual(experiments)
  const candidates = events.flatMap(e => (e.event === 'candidate' ? [e.candidate] : []))
  expect(candidates.map(c => [c.number, c.revision, c.reworked])).toEqual([
    [1, 0, false],
    [2, 0, false],
    [2, 1, false],
  ])
})

const at = '2026-11-27T02:42:13.208Z'

test.each([
  [
    { at, event: 'down', place: 1, use: 'claude', kind: 'overload', detail: 'd', rest: 30 },
    { at, event: 'agent-failed', agentIndex: 1, use: 'claude', kind: 'overload', detail: 'd', backoff: 30 },
  ],
  [
    { at, event: 'up', place: 1, use: 'claude' },
    { at, event: 'agent-recovered', agentIndex: 1, use: 'claude' },
  ],
  [
    { at, event: 'agent', use: 'tuner', why: 'w' },
    { at, event: 'agent-exhausted', use: 'tuner', why: 'w' },
  ],
  [
    { at, event: 'checked', clients: [] },
    { at, event: 'agents-checked', clients: [] },
  ],
  [
    { at, event: 'looked', experiment: 2, look: { purpose: 'confirm', tip: 2 } },
    { at, event: 'look', experiment: 2, look: { purpose: 'confirm', head: 2 } },
  ],
  [
    { at, event: 'resumed', further: { experiments: 5 } },
    { at, event: 'resumed', stopRules: { experiments: 5 } },
  ],
  [
    { at, event: 'candidate', candidate: { number: 2, made: null, stacked: 1, redone: true } },
    { at, event: 'candidate', candidate: { number: 2, madeFrom: null, revision: 1, reworked: true } },
  ],
  [
    { at, event: 'judged', experiment: { status: 'unstackable', made: null, decision: { best: 1, gain: 2 } } },
    { at, event: 'judged', experiment: { status: 'conflict', madeFrom: null, decision: { head: 1, gain: 2 } } },
  ],
  [
    { at, event: 'started', session: { schema: 1, id, outages: [{ place: 0, use: 'claude' }] } },
    { at, event: 'started', session: { schema: 2, id, outages: [{ agentIndex: 0, use: 'claude' }] } },
  ],
])('%j is upgraded, and a second upgrade changes nothing', (old, upgraded) => {
  expect(upgradeEvent(old)).toEqual(upgraded)
  expect(upgradeEvent(upgraded)).toEqual(upgraded)
})

test('invalid records are passed on for the schema to reject', () => {
  for (const upgrade of [upgradeSession, upgradeExperiment, upgradeEvent])
    for (const value of [null, 1, 'a', [1], { constructor: 1, event: 'constructor', outages: 2, looks: 3 }])
      expect(upgrade(value)).toEqual(value)
})

test('a session written by a newer version is an error that says so', async () => {
  const folder = await copy()
  const newer = `Session ${id} was written by a newer Nightshift: its schema is 3, and this version reads up to 2.`
  for (const path of [files.session(folder), files.journal(folder)])
    await writeFile(path, (await readFile(path, 'utf8')).replace(/"schema":\s*1/, '"schema":3'))
  await expect(readSession(folder)).rejects.toThrow(newer)
  await expect(readJournal(files.journal(folder))).rejects.toThrow(newer)
  expect(await readEntry(join(folder, '..'), id)).toMatchObject({
    kind: 'broken',
    problem: `${newer} Update Nightshift.`,
  })
})

test('a digest written by a newer version is an error that says so', async () => {
  const folder = await copy()
  await writeFile(files.digest(folder), JSON.stringify({ schema: digestVersion + 1, session: id }))
  await expect(readDigest(folder)).rejects.toThrow(`The digest of ${id} was written by a newer Nightshift`)
})

test('a digest of an older schema is recomputed from the records', async () => {
  expect(await readDigest(recorded)).toEqual({ kind: 'older' })
  const { session, experiments } = await readSession(recorded)
  const source = await readSource(recorded)
  const computed = digest(session, experiments, await readPatches(recorded, experiments), { source, others: [] })
  expect(await readCurrentDigest(recorded)).toEqual(computed)
  expect(computed.bestSingleRun).toMatchObject({ baseline: 1.406709, best: 1.114616, experiment: 2 })
  const report = await openReport(recorded)
  expect(report.input.digest).toEqual(computed)
  expect(report.source).toContain('::part{answer}')
})

test('the page and the comparison of a session of schema 1 use the recomputed digest', async () => {
  const entry = await readEntry(fixtures, id)
  if (entry.kind !== 'session') throw new Error(entry.problem)
  expect(entry.digest?.schema).toBe(digestVersion)
  expect(view(entry).kept.map(({ number, label }) => [number, label])).toEqual([
    [2, 'too few runs'],
    [1, 'too few runs'],
  ])
  const { side } = await readSide(recorded)
  expect(side).toMatchObject({ baseline: 1.406709, best: 1.114616, kept: 2 })
})

test('warnings of a source.json of schema 1 are read by every reader, and a later schema is refused', async () => {
  const folder = await copy()
  const warnings = [{ code: 'hours', text: 'More training than fits.', experiments: [1], lines: [] }]
  const source = {
    schema: 1,
    kind: 'table',
    from: 'fork.bundle',
    git: null,
    table: null,
    columns: [],
    metric: { name: 'val_bpb', goal: 'minimize', why: 'its name', sure: true },
    statuses: [],
    notes: [],
    doubts: warnings,
  }
  await writeFile(files.mapping(folder), JSON.stringify(source))
  expect(await readImported(folder)).toMatchObject({ warnings })
  expect((await readForeignSession({ folder, from: 'elsewhere' }, null)).source).toMatchObject({ schema: 2, warnings })
  expect(await readEntry(dirname(folder), id)).toMatchObject({ source: { warnings } })
  expect(upgradeSource({ schema: 2, warnings })).toEqual({ schema: 2, warnings })
  expect(() => upgradeSource({ ...source, schema: 3 })).toThrow('source.json was written by a newer Nightshift')
})

test('a session of schema 1 is collected as one of schema 2', async () => {
  const { session, experiments } = await readForeignSession({ folder: recorded, from: 'elsewhere' }, null)
  expect(session).toMatchObject({ schema: 2, id, source: { kind: 'session', from: 'elsewhere' } })
  expect(experiments[2]).toMatchObject({ madeFrom: { number: 0 }, decision: { head: 1.336987 } })
})

test('pnpm report rewrites the report and the digest of a session of schema 1', { timeout: 60_000 }, async () => {
  const root = await emptyRoot()
  const folder = join(sessionsOf(root), id)
  await cp(recorded, folder, { recursive: true })
  const result = await nightshift(root, 'report', [id])
  expect(result.exitCode, result.stderr).toBe(0)
  expect(result.stderr).not.toContain('warning')
  expect(await readDigest(folder)).toMatchObject({ kind: 'current' })
  expect(await readFile(files.report(folder), 'utf8')).toContain('BATCH_SCALE 1.0 → 0.5')
})

test('a session started by an older version can be resumed, and its journal holds events of both schemas', {
  timeout: 60_000,
}, async () => {
  const root = await target()
  await nightshift(root, 'session', args, { NIGHTSHIFT_FAILPOINT: 'after judged:2' })
  const folder = await folderOf(root)
  await downgradeSession(folder)
  const old = await readFile(files.journal(folder), 'utf8')
  expect(old).toContain('"event":"checked"')
  expect(old).toContain('"stacked":0')
  await finish(root)
  await checkWhole(root)
  const journal = await readFile(files.journal(folder), 'utf8')
  expect(journal.startsWith(old)).toBe(true)
  expect(journal.slice(old.length)).toContain('"event":"agents-checked"')
  expect(journal.slice(old.length)).toContain('"revision":0')
  expect(JSON.parse(await readFile(files.session(folder), 'utf8'))).toMatchObject({ schema: 2, id: basename(folder) })
  expect(await readFile(files.experiments(folder), 'utf8')).not.toContain('"made":')
})
