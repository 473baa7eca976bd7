import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Request } from '../../scripts/collect/collect.ts'
import type { Collected } from '../../scripts/collect/write.ts'
import { files, readSession } from '../../scripts/record/files/paths.ts'
import { experimentSpan, sessionDay, timeSpanText } from '../../site/data/words.ts'
import { git, scratch } from '../helpers/throwaway.ts'
import { commitAll, foreignSession, header, rows, short } from './foreignRepository.ts'
import { into } from './into.ts'

/** Collects a file of this name and text. */
async function collected(name: string, text: string, request: Partial<Request> = {}) {
  const root = await scratch()
  await mkdir(join(root, 'theirs'))
  await writeFile(join(root, 'theirs', name), text)
  return read(await into(join(root, 'in'), join(root, 'theirs', name), request))
}
const read = async (found: Collected) => ({ ...found, ...(await readSession(found.folder)) })
const notes = ({ source }: Pick<Collected, 'source'>) =>
  source.notes.filter(({ code }) => code === 'times').map(({ text }) => text)

const table = (times: string[], column = 'timestamp') =>
  [
    `${column}\tcommit\tloss\tstatus\tdescription`,
    ...times.map((time, i) => `${time}\t${'abcdef'.charAt(i).repeat(7)}\t${1.8 - i / 10}\tkeep\tchange ${i}`),
    '',
  ].join('\n')

describe('the times of a table', () => {
  test.each([
    ['ISO 8601', ['2026-03-21T01:45:41Z', '2026-03-21T01:50:12Z', '2026-03-21T03:55:03Z']],
    ['seconds', ['1774057541', '1774057812', '1774065303']],
    ['milliseconds', ['1774057541000', '1774057812000', '1774065303000']],
    ['another zone', ['2026-03-21T03:45:41+02:00', '2026-03-21T03:50:12+02:00', '2026-03-21T05:55:03+02:00']],
  ])('as %s are those of the experiments and of the session', async (_, times) => {
    const found = await collected('session.tsv', table(times))
    expect(found.id).toBe('2026-03-21-unknown-session')
    expect(found.experiments.map(e => [e.startedAt, e.endedAt])).toEqual([
      [null, '2026-03-21T01:45:41.000Z'],
      [null, '2026-03-21T01:50:12.000Z'],
      [null, '2026-03-21T03:55:03.000Z'],
    ])
    expect([found.session.startedAt, found.session.endedAt]).toEqual([
      '2026-03-21T01:45:41.000Z',
      '2026-03-21T03:55:03.000Z',
    ])
    expect(found.digest?.time?.total).toBe(2 * 3600 + 9 * 60 + 22)
    expect(await readFile(files.report(found.folder), 'utf8')).toContain('21 March 2026, 01:45 to 03:55 UTC')
    expect(notes(found)).toEqual([
      'The session is taken to begin with the first time in the table, taken as the end of a run. It is taken to end with the last time in the table.',
    ])
  })

  test('with a budget, the baseline began one budget before its time', async () => {
    const found = await collected('session.tsv', table(['2026-03-21T01:45:41Z', '2026-03-21T01:50:12Z']), {
      budget: 300,
    })
    expect(found.session.startedAt).toBe('2026-03-21T01:40:41.000Z')
  })

  test('without a zone are taken to be UTC, and a note says so', async () => {
    const found = await collected('session.tsv', table(['2026-03-21 01:45:41', '2026-03-21 01:50:12']))
    expect(found.experiments[1]?.endedAt).toBe('2026-03-21T01:50:12.000Z')
    expect(notes(found)[0]).toBe('The times of timestamp have no time zone and are taken to be UTC.')
  })

  test('of a column that names starts are starts', async () => {
    const times = ['2026-03-21T01:45:41Z', '2026-03-21T01:50:12Z']
    const found = await collected('session.tsv', table(times, 'started_at'))
    expect(found.experiments.map(e => [e.startedAt, e.endedAt])).toEqual([
      ['2026-03-21T01:45:41.000Z', null],
      ['2026-03-21T01:50:12.000Z', null],
    ])
  })

  test('that are only days give the session its day', async () => {
    const found = await collected('session.tsv', table(['2026-03-21', '2026-03-22'], 'date'))
    expect([found.id, found.session.startedAt]).toEqual(['2026-03-21-unknown-session', null])
    expect(sessionDay(found.session)).toBe('2026-03-21')
    expect(sessionDay({ startedAt: null, id: '2026-19-39-any-name' })).toBeNull()
  })

  test('that are only times of day belong to the day in the same row', async () => {
    const text = `time\tdate\tcommit\tloss\tstatus\n09:08\t2026-03-21\taaaaaaa\t1.8\tkeep\n00:29\t2026-03-22\tbbbbbbb\t1.6\tkeep\n`
    const found = await collected('session.tsv', text)
    expect(found.experiments.map(e => e.endedAt)).toEqual(['2026-03-21T09:08:00.000Z', '2026-03-22T00:29:00.000Z'])
    const alone = await collected('session.tsv', text.replaceAll(/\t2026-03-2\d/g, '\t-'))
    expect(alone.experiments.map(e => e.endedAt)).toEqual([null, null])
  })

  test('that are none, such as durations, are said', async () => {
    const found = await collected('session.tsv', table(['302.2', '301.9'], 'time'))
    expect([found.id, notes(found)]).toEqual([
      'undated-unknown-session',
      ['2 cells of time could not be read as a time, e.g. “302.2”.'],
    ])
  })

  test("of pi-autoresearch's runs are kept", async () => {
    const line = (run: number, metric: number, status: string, timestamp: number) =>
      JSON.stringify({ run, commit: 'aaaaaaa', metric, metrics: {}, status, description: 'x', timestamp, segment: 0 })
    const found = await collected(
      'pi.jsonl',
      [
        '{"type":"config","name":"speed","metricName":"total_ms","metricUnit":"ms","bestDirection":"lower"}',
        line(1, 40, 'keep', 1780021974000),
        line(2, 31, 'keep', 1780022568000),
        line(3, 0, 'crash', 1780022968000),
      ].join('\n'),
    )
    expect(found.id).toBe('2026-05-29-unknown-pi')
    expect(found.session.metric).toEqual({ name: 'total_ms', goal: 'minimize', unit: 'ms', holdout: null })
    expect(found.experiments.map(e => [e.status, e.metric, e.endedAt])).toEqual([
      ['keep', 40, '2026-05-29T02:32:54.000Z'],
      ['keep', 31, '2026-05-29T02:42:48.000Z'],
      ['crash', null, '2026-05-29T02:49:28.000Z'],
    ])
    expect(found.digest?.bestSingleRun).toMatchObject({ baseline: 40, best: 31, experiment: 1 })
  })
})

describe('a repository', () => {
  const timed = (commits: Record<string, string>, times: string[]) =>
    `${header.trimEnd()}\ttimestamp\n${rows(commits)
      .map((row, i) => `${row}\t${times[i]}\n`)
      .join('')}`

  test('has starts by its commits and ends by its table', async () => {
    const { root, commits } = await foreignSession()
    const at = ['00:59', '01:06', '01:08', '01:16', '01:20'].map(time => `2026-03-05T${time}:00Z`)
    await writeFile(join(root, 'results.tsv'), timed(commits, at))
    await commitAll(root, '02:00:00', 'times')
    const found = await read(await into(join(root, '../in'), root))
    expect(found.experiments.map(e => [e.startedAt?.slice(11, 16) ?? null, e.endedAt?.slice(11, 16)])).toEqual([
      [null, '00:59'],
      ['01:00', '01:06'],
      [null, '01:08'],
      ['01:10', '01:16'],
      [null, '01:20'],
    ])
    expect([found.session.startedAt, found.session.endedAt]).toEqual([
      '2026-03-05T00:54:00.000Z',
      '2026-03-05T01:41:00Z',
    ])
  })

  test('has the times of its commits where those of the table have no zone', async () => {
    const { root, commits } = await foreignSession()
    const at = ['02:59', '03:06', '03:08', '03:16', '03:20'].map(time => `2026-03-05 ${time}`)
    await writeFile(join(root, 'results.tsv'), timed(commits, at))
    const found = await read(await into(join(root, '../in'), root))
    expect(found.experiments.map(e => e.endedAt)).toEqual([null, null, null, null, null])
    expect(found.session.endedAt).toBe('2026-03-05T01:41:00Z')
    expect(notes(found)).toContain('The times of timestamp have no time zone; the times of the commits are taken.')
  })

  test('may have its table as JSON lines, which rank below results.tsv', async () => {
    const { root, commits } = await foreignSession()
    const lines = [
      { type: 'config', name: 'x', metricName: 'val_bpb', bestDirection: 'lower' },
      {
        run: 1,
        commit: short(commits.base),
        metric: 1,
        status: 'keep',
        description: 'start',
        timestamp: 1772672400000,
      },
      { run: 2, commit: short(commits.first), metric: 0.9, status: 'keep', description: 'x', timestamp: 1772672800000 },
    ]
    await writeFile(join(root, 'autoresearch.jsonl'), lines.map(line => `${JSON.stringify(line)}\n`).join(''))
    await commitAll(root, '02:00:00', 'both')
    const both = await into(join(root, '../in'), root, { dry: true })
    expect(both.source.table?.path).toBe('results.tsv')
    const named = await into(join(root, '../in'), root, { dry: true, table: 'autoresearch.jsonl' })
    expect([named.source.table?.path, named.source.git?.found]).toEqual(['autoresearch.jsonl', 2])
    await git(root, 'rm', '-q', 'results.tsv')
    await commitAll(root, '02:10:00', 'one')
    const found = await read(await into(join(root, '../in'), `file://${root}`))
    expect(found.source.table?.path).toBe('autoresearch.jsonl')
    expect(found.experiments.map(e => [e.metric, e.commit, e.linesAdded])).toEqual([
      [1, commits.base, 0],
      [0.9, commits.first, 1],
    ])
  })
})

test('a folder with several tables is read by one, and a note names the others', async () => {
  const root = await scratch()
  await mkdir(join(root, 'theirs'))
  await writeFile(join(root, 'theirs/log.jsonl'), '{"val_bpb":0.9,"status":"keep"}\n')
  await writeFile(join(root, 'theirs/experiments.jsonl'), '{"val_bpb":0.8,"status":"keep"}\n')
  const found = await into(join(root, 'in'), join(root, 'theirs'), { dry: true })
  expect(found.source.table?.path).toBe('experiments.jsonl')
  expect(found.source.notes[0]?.text).toBe('The folder has other tables: log.jsonl. --table PATH reads one of them.')
})

test('a segment of a JSON-lines session is a session of its own', async () => {
  const config = '{"type":"config","metricName":"loss","bestDirection":"lower"}\n'
  const text = `${config}{"run":1,"metric":2,"status":"keep"}\n${config}{"run":2,"metric":4,"status":"keep"}\n{"run":3,"metric":3,"status":"keep"}\n`
  expect((await collected('x.jsonl', text)).id).toBe('undated-unknown-x-segment-1')
  expect((await collected('x.jsonl', text, { segment: 0 })).id).toBe('undated-unknown-x')
  expect((await collected('x.jsonl', text, { segment: 0, tag: 'mine' })).id).toBe('undated-unknown-mine')
})

test('a span over several days shows both days', () => {
  const [startedAt, later] = ['2026-03-08T09:08:00Z', '2026-03-09T00:29:00Z']
  expect(timeSpanText({ startedAt, endedAt: later })).toBe('8 Mar, 09:08 to 9 Mar, 00:29')
  expect(timeSpanText({ startedAt, endedAt: '2026-03-08T15:50:00Z' })).toBe('09:08 to 15:50')
  expect(timeSpanText({ startedAt: '2025-12-31T23:00:00Z', endedAt: '2026-01-01T01:00:00Z' })).toBe(
    '31 Dec 2025, 23:00 to 1 Jan 2026, 01:00',
  )
  const session = { startedAt }
  expect(experimentSpan({ startedAt: later, endedAt: '2026-03-09T00:35:00Z' }, session)).toBe(
    '9 Mar 2026, 00:29 to 00:35',
  )
  expect(experimentSpan({ startedAt, endedAt: '2026-03-08T09:14:00Z' }, session)).toBe('09:08 to 09:14')
  expect(experimentSpan({ startedAt: null, endedAt: later }, session)).toBe('recorded 9 Mar 2026, 00:29')
  expect(experimentSpan({ startedAt: null, endedAt: null }, session)).toBe('')
})
