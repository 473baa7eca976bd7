/** Posts on several sessions. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { buildPost } from '../../../scripts/publish/content/buildPost.ts'
import { partOf } from '../../../scripts/publish/post.ts'
import { files } from '../../../scripts/record/files/paths.ts'
import { writeSession } from '../../helpers/exampleSessions.ts'
import { activeParts } from '../../helpers/github.ts'
import { hostileDescriptions } from '../../helpers/hostile.ts'
import { scratch, untilLast } from '../../helpers/throwaway.ts'

const ids = {
  good: '2026-11-20-h100-kqzt-nov20',
  open: '2026-11-21-h100-kqzt-nov21',
  hopeless: '2026-11-22-cpu-abcd-nov22',
  unclear: '2026-11-23-cpu-abcd-nov23',
}

const finished = untilLast()
let root: string
beforeAll(async () => {
  root = join(await scratch(finished), 'sessions')
  const descriptions = Object.fromEntries(hostileDescriptions.slice(0, 20).map(([, text], i) => [i + 1, text]))
  await writeSession(root, { id: ids.good, experiments: 21, costUsd: 0.05, startedAt: '2026-11-20T22:00:00Z' })
  await writeSession(root, {
    id: ids.open,
    experiments: 21,
    descriptions,
    confirmed: null,
    startedAt: '2026-11-21T22:00:00Z',
  })
  await writeSession(root, {
    id: ids.hopeless,
    experiments: 5,
    hopeless: true,
    sigma: 0,
    confirmed: null,
    startedAt: '2026-11-22T22:00:00Z',
  })
  await writeSession(root, {
    id: ids.unclear,
    experiments: 21,
    step: 0.05,
    confirmed: 'worse',
    startedAt: '2026-11-23T22:00:00Z',
  })
}, 60_000)
afterEach(() => {
  delete process.env.NIGHTSHIFT_SITE
})

const options = { keepPaths: false, withLogs: false }
const monday = new Date('2026-11-23T23:00:00Z')
const post = (sessions = Object.values(ids), about: 'sessions' | 'week' = 'week', more = {}) =>
  buildPost(sessions, about, { ...options, ...more }, monday, root)

/** Text of a section, from its heading to the next. */
const section = (text: string, title: string): string =>
  text.split(`## ${title}\n`)[1]?.split(/\n## |\n<details>\n<summary><b>/)[0] ?? ''

test('a week is one post: what to adopt, what did not replicate, null results, cost, and what next', async () => {
  const { key, title, parts, sessions } = await post()
  const [body = ''] = parts
  expect(key).toBe('week 2026-W47')
  expect(title).toBe('Week 2026-W47: 4 sessions on 2 machines, 1 with a confirmed gain')
  expect(sessions).toEqual(Object.values(ids))
  expect(parts.map(part => partOf(part, key))).toEqual([0])
  expect(body).toMatch(/^4 sessions on 2 machines made 64 experiments and kept \d+ changes\./)
  expect(body).toContain("Re-runs confirm a gain over the session's own baseline in 1 of 4 sessions.")
  expect([...body.matchAll(/^## (.*)$/gm)].map(([, name]) => name)).toEqual([
    'What to adopt',
    ...(body.includes('## What did not replicate') ? ['What did not replicate'] : []),
    'Null results',
    'What it took',
    'What next',
    'The sessions',
    'What is not proven',
  ])
})

test('only a final that re-runs confirm is to be adopted, with its patch', async () => {
  const [body = ''] = (await post()).parts
  const adopt = section(body, 'What to adopt')
  expect(adopt).toMatch(
    /^\n- nov20 · H100: val_bpb .* lower, confirmed on 3 new seeds\. Holdout: .* As one patch, in a clone that has the branch .*: `git diff \w+ \w+`/,
  )
  expect(adopt).not.toMatch(/nov21|nov22|nov23/)
  const none = await post([ids.open, ids.hopeless], 'sessions')
  expect(section(none.parts[0] ?? '', 'What to adopt').trim()).toBe(
    'Nothing yet: no gain is confirmed by re-runs, and no change replicated as better.',
  )
  expect(none.title).toContain('no gain confirmed')
})

test('a gain that is worse on the holdout is a null result, not one to adopt', async () => {
  const path = files.experiments(join(root, ids.good))
  const before = await readFile(path, 'utf8')
  const records = before
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  const worse = records.map(e => ({
    ...e,
    runs: e.runs.map((run: { holdout: number | null }) =>
      run.holdout === null
        ? run
        : { ...run, holdout: e.number === 0 ? 0.9 + run.holdout / 1000 : 1.1 + run.holdout / 1000 },
    ),
  }))
  await writeFile(path, worse.map(e => `${JSON.stringify(e)}\n`).join(''))
  const [body = ''] = (await post([ids.good, ids.hopeless], 'sessions')).parts
  await writeFile(path, before)
  expect(section(body, 'What to adopt')).not.toContain('nov20')
  expect(section(body, 'Null results')).toMatch(/- nov20 · H100: .* confirmed on 3 new seeds\. Holdout: worse/)
})

test('a session without a gain is a null result, one that waits for confirm is not', async () => {
  const [body = ''] = (await post()).parts
  const nulls = section(body, 'Null results')
  expect(nulls).toContain('- nov22 · CPU: nothing kept in 4 experiments.')
  expect(nulls).toMatch(/- nov23 · CPU: val_bpb .* on 3 new seeds, inconclusive/)
  expect(nulls).not.toMatch(/- nov2[01] · /)
  expect(section(body, 'What next')).toMatch(
    /- nov21: Confirm it \(about .*\): `npx pnpm confirm 2026-11-21-h100-kqzt-nov21`/,
  )
})

test('hours and dollars are summed over the sessions that know them', async () => {
  const [body = ''] = (await post([ids.good, ids.open], 'sessions')).parts
  const cost = section(body, 'What it took')
  const cells = (name: string) =>
    cost
      .split('\n')
      .find(line => line.startsWith(`| ${name} |`))
      ?.split(' | ')
  const [good, open] = [cells('nov20'), cells('nov21')]
  // 20 experiments of 5 cents each; nov21's agent does not say what it cost.
  expect([good?.at(-1), open?.at(-1)]).toEqual(['$1.00 |', '– |'])
  expect(cost).toContain('Agents cost $1.00 (known for 1 of 2 sessions).')
  // Six runs of confirm of 308.4 s.
  expect([good?.at(-2), open?.at(-2)]).toEqual(['0.51', '0.00'])
  const hours = [good?.at(-3), good?.at(-2), open?.at(-3)].map(Number)
  const sum = hours.reduce((all, some) => all + some, 0)
  const told = Number(/In all (\S+) GPU-hours\./.exec(cost)?.[1])
  expect(Math.abs(told - sum)).toBeLessThan(0.02)
  const mixed = section((await post()).parts[0] ?? '', 'What it took')
  expect(mixed).toMatch(/In all \S+ device-hours\./)
})

test('nothing in it does anything on GitHub, and links go to the published pages alone', async () => {
  expect(activeParts((await post()).parts.join('\n'))).toEqual([])
  process.env.NIGHTSHIFT_SITE = 'https://example.org/'
  const text = (await post()).parts.join('\n')
  expect(text).toContain(`[nov20](https://example.org/sessions/${ids.good}.html)`)
  expect(activeParts(text, ['https://example.org/sessions/'])).toEqual([])
})

test('logs are added under the session that they are of', async () => {
  const text = (await post([ids.hopeless, ids.open], 'sessions', { withLogs: true })).parts.join('\n')
  expect(text).toContain(`## Logs and transcripts of ${ids.hopeless}\n`)
  expect(text).toContain(`## Logs and transcripts of ${ids.open}\n`)
  expect(activeParts(text)).toEqual([])
})

test('a post on a single session of the week is the same kind of text', async () => {
  const { title, parts } = await post([ids.good])
  expect(title).toBe('Week 2026-W47: 1 session on 1 machine, 1 with a confirmed gain')
  expect(parts[0]).not.toContain('more than one session')
})
