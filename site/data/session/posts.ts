/** The links from a session's page to where it was posted. Pure. */
import { redact } from '../../../scripts/lib/secrets/redact.ts'
import { linkOf, type PostRecord } from '../../../scripts/record/files/posts.ts'
import { dateText } from '../words.ts'

/** More are not shown: anyone may have written the file. */
const MAX_SHOWN = 6

const names = { discussion: 'discussion', 'pull-request': 'pull request', docs: 'docs' } as const

/**
 * The last posts, each with a text that names its host, e.g. "discussion in my-lab/research on github.com, 22 Nov 2026". A
 * repository has a user's name that is not to be hidden; a key is.
 */
export function postLinks(posts: PostRecord[]): { address: string; text: string }[] {
  return posts
    .flatMap(post => {
      const address = linkOf(post)
      if (address === null || redact(address) !== address) return []
      const where = post.to === 'docs' ? 'docs' : `${names[post.to]} in ${redact(post.repository)}`
      return [{ address, text: `${where} on ${new URL(address).host}, ${dateText(post.at)}` }]
    })
    .slice(-MAX_SHOWN)
}
