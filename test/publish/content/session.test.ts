/** Posts on one session: whole, safe, and the same facts as its report. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { buildPost } from '../../../scripts/publish/content/buildPost.ts'
import { MAX_PART_CHARACTERS, type Post, partOf, sizeOf } from '../../../scripts/publish/post.ts'
import { files } from '../../../scripts/record/files/paths.ts'
import { writeReport } from '../../../scripts/report/write.ts'
import { writeSession } from '../../helpers/exampleSessions.ts'
import { activeParts } from '../../helpers/github.ts'
import { hostileDescriptions } from '../../helpers/hostile.ts'
import { scratch, untilLast } from '../../helpers/throwaway.ts'

const small = '2026-11-21-cpu-abcd-nov21'
const long = '2026-11-22-h100-kqzt-nov22'
/** Enough for a log of two parts: each row has about 250 characters. */
const LONG = 330

const finished = untilLast()
let root: string
let ofLong: Post
beforeAll(async () => {
  root = join(await scratch(finished), 'sessions')
  await writeSession(root, { id: small, experiments: 6 })
  const texts = [...hostileDescriptions.map(([, text]) => text), 'read /home/alice/data and C:\\Users\\bob\\x']
  const filler = Array.from({ length: LONG }, () => 'A wider model with a longer warm-up. '.repeat(4))
  const descriptions = Object.fromEntries([...texts, ...filler.slice(texts.length)].map((text, i) => [i + 1, text]))
  await writeSession(root, { id: long, experiments: LONG, descriptions })
  ofLong = await post(long)
}, 60_000)
afterEach(() => {
  delete process.env.NIGHTSHIFT_SITE
})

const post = (id: string, options = {}) =>
  buildPost([id], 'session', { keepPaths: false, withLogs: false, ...options }, new Date(), root)

test('a short report is one part: its text without the title, which is the post’s', async () => {
  const { key, title, parts, labels, sessions } = await post(small)
  const [body = '', ...comments] = parts
  // As of now: the other session was not there when it was written.
  await writeReport(join(root, small))
  const report = await readFile(files.report(join(root, small)), 'utf8')
  expect(comments).toEqual([])
  expect(body).toBe(`${report.replace(/^# .*\n\n/, '').trimEnd()}\n\n<!-- nightshift: session ${small}, part 0 -->\n`)
  expect(report).toContain(`# ${title}\n`)
  expect({ key, labels, sessions }).toEqual({ key: `session ${small}`, labels: ['autoresearch'], sessions: [small] })
})

test('the log of a long session goes on in comments, whole, and does nothing on GitHub', () => {
  const { key, parts } = ofLong
  expect(parts.length).toBeGreaterThan(1)
  for (const [i, part] of parts.entries()) {
    expect(sizeOf(part)).toBeLessThanOrEqual(MAX_PART_CHARACTERS)
    expect(partOf(part, key)).toBe(i)
  }
  const log = parts.join('\n').split('<b>Full log</b>')[1] ?? ''
  const numbers = [...log.matchAll(/^\| (\d{4}) \|/gm)].map(([, n]) => Number(n))
  expect(numbers).toEqual(Array.from({ length: LONG }, (_, i) => i))
  expect(activeParts(parts.join('\n'))).toEqual([])
  // The first screen is the answer, not the log.
  expect(parts[0]).toMatch(/^val_bpb 0\.\d+ → 0\.\d+, .* lower\. Confirmed on 3 new seeds\./)
})

test('names in paths go, unless they are to be kept', async () => {
  const kept = await post(long, { keepPaths: true })
  expect(ofLong.parts.join('').includes('/home/\\[user]/data')).toBe(true)
  expect(ofLong.parts.join('').match(/.*(?:alice|bob).*/g)).toBeNull()
  expect(kept.parts.join('').includes('/home/alice/data')).toBe(true)
})

test('figures are images of the published pages, which are linked, and else charts', async () => {
  const [charts = ''] = (await post(small)).parts
  expect(charts).toContain('```mermaid')
  process.env.NIGHTSHIFT_SITE = 'https://example.org/notebook'
  const [images = ''] = (await post(small)).parts
  const page = `https://example.org/notebook/sessions/${small}/`
  expect(images).not.toContain('mermaid')
  expect(images).toContain(`](${page}frontier.svg)`)
  expect(images).toContain(`](https://example.org/notebook/sessions/${small}.html)`)
  expect(activeParts(images, ['https://example.org/notebook/'])).toEqual([])
})

test('an agent’s prose is in the post as in the report', async () => {
  const folder = join(root, small)
  const source = await readFile(files.reportSource(folder), 'utf8')
  const sentence = 'A wider model learns more in the same time, as :exp[1] suggests.'
  await writeFile(files.reportSource(folder), source.replace('## What to try next\n', `$&\n${sentence}\n`))
  const writing = { schema: 1, use: 'claude', model: null, machine: 'cpu-abcd', wrote: true, failed: null }
  const spent = { rounds: [[]], cut: [], seconds: 2, tokens: null, costUsd: null }
  await writeFile(files.reportCheck(folder), JSON.stringify({ ...writing, ...spent }))
  const [body = ''] = (await post(small)).parts
  expect(body).toContain('A wider model learns more in the same time, as 0001 suggests.')
  expect(body).toContain('were written by claude on cpu-abcd')
})

test('logs and transcripts are added when asked for, without keys', async () => {
  const key = `${'ghp'}_${'a1B2c3D4e5F6g7H8i9J0'.repeat(2).slice(0, 36)}`
  const folder = join(root, small)
  const lines = Array.from({ length: 60 }, (_, i) => `step ${i} of /home/alice/run @octocat #1`)
  const log = [...lines, `token ${key}`, '```', '</details>', '<!-- nightshift: session x, part 0 -->'].join('\n')
  await writeFile(files.log(folder, 1, 1), log)
  await mkdir(dirname(files.proposal(folder, 1)), { recursive: true })
  await writeFile(files.proposal(folder, 1), `{"text":"I try it, ${key}"}\n`)
  await writeFile(files.proposal(folder, 2), `{"text":"${'long '.repeat(8000)}"}\n`)
  const without = (await post(small)).parts.join('\n')
  expect(without).not.toMatch(/step 59|I try it/)
  const text = (await post(small, { withLogs: true })).parts.join('\n')
  expect(text).toContain('<summary>0001: the last lines of the log</summary>')
  expect(text).toContain('step 59 of /home/[user]/run @octocat #1\ntoken [key]\n')
  expect(text).not.toContain('step 20 ')
  expect(text).toContain('"I try it, [key]"')
  expect(text).not.toContain(key)
  expect(text).toMatch(/0002: transcript of the proposal<\/summary>\n\nIt has 40 kB, too much to be posted\./)
  expect(activeParts(text)).toEqual([])
})

test('a title does nothing on GitHub, and fits', async () => {
  const tag = `${'fixes #1 by @octocat '.repeat(30)}`
  const folder = join(root, small)
  const record = await readFile(files.session(folder), 'utf8')
  await writeFile(files.session(folder), JSON.stringify({ ...JSON.parse(record), tag }))
  const { title } = await post(small)
  await writeFile(files.session(folder), record)
  expect(title.length).toBeLessThanOrEqual(240)
  expect(title).toMatch(/^fixes `#1` by `@octocat` fixes/)
  expect(activeParts(title)).toEqual([])
})

test('a post of more than a hundred comments is an error that says how to make it shorter', async () => {
  for (let n = 1; n <= 102; n++) {
    const path = files.log(join(root, long), n, 1)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, 'x'.repeat(63_900))
  }
  await expect(post(long, { withLogs: true })).rejects.toMatchObject({
    message: expect.stringMatching(/^The post would have 10\d comments, more than 100\.$/),
    advice: 'Leave out --with-logs.',
  })
})
