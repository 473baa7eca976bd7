/**
 * What `publish` does with a session's report, and what came of it: published.json in its folder, one entry a destination.
 * Where the posts are is in posts.json. Anyone may have written the file.
 */
import { z } from 'zod'
import { command, shellWord } from '../../lib/command.ts'
import { sanitizeText } from '../../lib/text.ts'
import { maxBytes } from '../limits.ts'
import { readPosts } from './posts.ts'
import { readSideRecord, type SideRecord, writeSideRecord } from './sideRecord.ts'

const line = z
  .string()
  .max(4000)
  .transform(text => sanitizeText(text, 500))

const publishedSchema = z.object({
  to: z.enum(['discussion', 'pull-request', 'docs']),
  when: z.enum(['confirmed', 'always']),
  /** `planned`: since the session began. `unchanged`: the post was there as it is. `skipped`: no post was due. */
  result: z.enum(['planned', 'posted', 'unchanged', 'skipped', 'failed']),
  /** Why it was skipped or failed, as a clause; null otherwise. */
  why: line.nullable(),
  /** Address or folder of the post; null where there is none. */
  address: line.nullable(),
  at: z.iso.datetime(),
})
export type Published = z.infer<typeof publishedSchema>

const MAX_DESTINATIONS = 10
const storedSchema = z.object({ schema: z.literal(1), destinations: z.array(publishedSchema).max(MAX_DESTINATIONS) })

const record: SideRecord<z.infer<typeof storedSchema>> = {
  name: 'published.json',
  schema: storedSchema,
  limit: maxBytes.published,
  without: 'Whether its report was posted at the end is not known without it; its posts are in posts.json.',
}

export const readPublished = async (session: string): Promise<Published[]> =>
  (await readSideRecord(session, record))?.destinations ?? []

/** Replaces what is recorded: each start and resumption plans anew. */
export const writePublished = (session: string, destinations: Published[]): Promise<void> =>
  writeSideRecord(session, record, { schema: 1, destinations })

/** In one line, for terminal and status. @param isOver whether the session has ended */
export function publishedText({ to, when, result, why, address }: Published, id: string, isOver: boolean): string {
  // A post of an earlier end of the session may be there.
  const not = address === null ? 'not posted' : `${address} has an earlier report, not updated`
  const byHand = `by hand: \`${command(`post ${shellWord(id)} --to ${to}`)}\``
  if (result === 'posted') return `${to}: posted, ${address}`
  if (result === 'unchanged') return `${to}: the post is unchanged, ${address}`
  if (result === 'skipped') return `${to}: not posted, because ${why}; ${byHand}`
  if (result === 'failed') return `${to}: ${not}: ${why?.replace(/\.$/, '')}; ${byHand}`
  return isOver ? `${to}: ${not} yet; ${byHand}` : `${to}: after the report${whenText(when)}`
}

/** The end of a sentence on what is posted. */
export const whenText = (when: Published['when']): string =>
  when === 'confirmed' ? ', if the change is confirmed as better' : ''

/** A line for each destination. A post that was made by hand since counts. */
export async function publishedTexts(session: string, id: string, isOver: boolean): Promise<string[]> {
  return (await readNow(session)).map(entry => publishedText(entry, id, isOver))
}

/** The lines on destinations that the report was to be posted to, and was not. */
export async function unpostedTexts(session: string, id: string): Promise<string[]> {
  const unposted = (await readNow(session)).filter(({ result }) => result === 'planned' || result === 'failed')
  return unposted.map(entry => publishedText(entry, id, true))
}

async function readNow(session: string): Promise<Published[]> {
  const published = await readPublished(session)
  if (published.length === 0) return []
  const posts = (await readPosts(session)).filter(({ key }) => key.startsWith('session '))
  return published.map(entry => {
    const last = posts.findLast(({ to }) => to === entry.to)
    if (last === undefined || entry.result === 'posted' || entry.result === 'unchanged') return entry
    return last.at > entry.at
      ? { ...entry, result: 'posted', why: null, address: last.address, at: last.at }
      : { ...entry, address: last.address }
  })
}
