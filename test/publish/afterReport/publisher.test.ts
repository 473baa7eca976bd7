import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readDigest } from '../../../scripts/analysis/readDigest.ts'
import type { Digest } from '../../../scripts/analysis/schema.ts'
import type { Publish } from '../../../scripts/program/automation.ts'
import { openPublisher } from '../../../scripts/publish/afterReport/publisher.ts'
import type { PostContext } from '../../../scripts/publish/destination.ts'
import { remember } from '../../../scripts/publish/remembered.ts'
import { targetOf } from '../../../scripts/publish/target.ts'
import { readSession } from '../../../scripts/record/files/paths.ts'
import { publishedTexts, readPublished } from '../../../scripts/record/files/published.ts'
import { writeReport } from '../../../scripts/report/write.ts'
import { writeSession } from '../../helpers/exampleSessions.ts'
import { scratch } from '../../helpers/throwaway.ts'
import { fakeClock } from '../github/clock.ts'

const id = '2026-11-20-h100-kqzt-nov20'
const never = new AbortController().signal

/** A session with its report, and a folder of docs that is remembered for its target. */
async function ended() {
  const around = await scratch()
  const root = join(around, 'sessions')
  await writeSession(root, { id, experiments: 6 })
  const folder = join(root, id)
  await writeReport(folder)
  const read = await readDigest(folder)
  if (read?.kind !== 'current') throw new Error('The session has no digest.')
  const { session } = await readSession(folder)
  const docs = join(around, 'docs')
  const place = { to: 'docs', api: null, repository: null, category: null, remote: null, public: false } as const
  const work = join(around, 'work')
  const { key: target } = await targetOf([session])
  await remember({ ...place, target, folder: docs, frontMatter: 'none' }, work)
  const told: string[] = []
  const context: PostContext = {
    root,
    work,
    env: {},
    terminal: { step: (verb, text) => void told.push(`${verb} ${text}`), live: () => {}, headline: () => {} },
    clock: fakeClock(),
    draw: async () => new Map(),
    ask: null,
    approve: async () => true,
  }
  const publish = async (when: Publish['when'], digest: Digest | null, now = never) => {
    const publisher = openPublisher({ to: ['docs'], when }, context)
    publisher.begin(folder)
    const addresses = await publisher.publish(folder, digest, now)
    expect(addresses).toEqual([]) // A folder is no address to send.
    const [published] = await readPublished(folder)
    return `${published?.result}: ${published?.why}`
  }
  const digestWith = (verdict: 'better' | 'inconclusive'): Digest => {
    const { confirmed } = read.digest
    const base = confirmed ?? {
      gain: 1,
      interval: [0, 2],
      baseline: 3,
      head: 2,
      seeds: 2,
      plannedRuns: 4,
      looks: 1,
      spread: null,
    }
    return { ...read.digest, confirmed: { ...base, verdict } as Digest['confirmed'] }
  }
  return { folder, docs, told, publish, digestWith }
}

test('only a change that is confirmed as better is posted, and a post that is there is kept up to date', async () => {
  const { docs, told, publish, digestWith } = await ended()
  expect(await publish('confirmed', digestWith('inconclusive'))).toBe('skipped: no change is confirmed as better')
  expect(existsSync(docs)).toBe(false)
  expect(told.at(-1)).toBe(
    `publish docs: not posted, because no change is confirmed as better; by hand: \`npx pnpm post ${id} --to docs\``,
  )
  expect(await publish('confirmed', digestWith('better'))).toBe('posted: null')
  expect(existsSync(join(docs, 'index.md'))).toBe(true)
  expect(await publish('confirmed', digestWith('inconclusive'))).toBe('unchanged: null')
})

test('always means without confirmation; not without the report, and not once the session is to end at once', async () => {
  const { docs, publish, digestWith } = await ended()
  expect(await publish('always', null)).toBe('failed: the report failed')
  expect(await publish('always', digestWith('better'), AbortSignal.abort())).toBe(
    'failed: the session was ended at once',
  )
  expect(existsSync(docs)).toBe(false)
  expect(await publish('always', digestWith('inconclusive'))).toBe('posted: null')
})

test('a post of an earlier end of the session is named where it was not updated', async () => {
  const { folder, publish, digestWith } = await ended()
  await publish('always', digestWith('better'))
  expect(await publish('always', null)).toBe('failed: the report failed')
  const [line] = await publishedTexts(folder, id, true)
  expect(line).toBe(
    `docs: docs/${id}.md has an earlier report, not updated: the report failed; by hand: \`npx pnpm post ${id} --to docs\``,
  )
})

test('a key in the records blocks the post; neither terminal nor record shows it', async () => {
  const { folder, docs, told, publish, digestWith } = await ended()
  const key = `ghp_${'a1B2'.repeat(9)}`
  await writeFile(join(folder, 'final.patch'), `+KEY = '${key}'\n`)
  expect(await publish('always', digestWith('better'))).toMatch(
    /^failed: Nothing was sent: the post would be made from files with 1 key/,
  )
  expect(existsSync(docs)).toBe(false)
  for (const text of [told.join('\n'), await readFile(join(folder, 'published.json'), 'utf8')])
    expect(text).not.toContain(key)
})

test('an error that ends the session is recorded as the reason why nothing was posted', async () => {
  const { folder } = await ended()
  const publisher = openPublisher({ to: ['docs'], when: 'always' }, { clock: fakeClock() } as unknown as PostContext)
  await publisher.fail()
  expect(await readPublished(folder)).toEqual([])
  publisher.begin(folder)
  await publisher.fail()
  expect(await readPublished(folder)).toMatchObject([
    { to: 'docs', result: 'failed', why: 'an error ended the session' },
  ])
})
