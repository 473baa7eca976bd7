/** Looks up the repository that a post goes to. */
import { z } from 'zod'
import { Failure } from '../../lib/errors.ts'
import { jsonOrNull } from '../../lib/files/read.ts'
import type { RepositoryName } from '../../share/remote/remote.ts'
import { nameOf } from '../request.ts'
import type { GitHub } from './client.ts'
import { GitHubFailure } from './errors.ts'
import { shownText } from './shown.ts'

export interface RemoteRepository {
  /** GraphQL node id. */
  id: string
  /** As GitHub spells it, also after a renaming. */
  owner: string
  name: string
  /** Address of its page. */
  url: string
  /** `internal`: all members of the enterprise can read it. */
  visibility: 'public' | 'private' | 'internal'
  isArchived: boolean
  hasDiscussions: boolean
  /** "owner/name" of the repository that it was forked from; null for no fork, or one of a repository that cannot be read. */
  parent: string | null
}

/** Who can read it, in words. */
export const visibilityText = ({ visibility }: Pick<RemoteRepository, 'visibility'>): string =>
  visibility === 'internal' ? 'visible to its whole enterprise' : visibility

const repositorySchema = z.object({
  id: z.string(),
  name: shownText,
  owner: z.object({ login: shownText }),
  url: shownText,
  visibility: z.enum(['PUBLIC', 'PRIVATE', 'INTERNAL']),
  isArchived: z.boolean(),
  hasDiscussionsEnabled: z.boolean(),
  parent: z.object({ nameWithOwner: z.string() }).nullable(),
})

const repositoryQuery = `query Repository($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) {
    id name owner { login } url visibility isArchived hasDiscussionsEnabled parent { nameWithOwner }
  }
}`

/** @throws {Failure} when it is not there, or the token may not see it */
export async function lookUpRepository(github: GitHub, wanted: RepositoryName): Promise<RemoteRepository> {
  const name = nameOf(wanted)
  const schema = z.object({ repository: repositorySchema.nullable() })
  const variables = { owner: wanted.owner, name: wanted.name }
  const { repository } = await github.query(`read the repository ${name}`, repositoryQuery, variables, schema)
  if (repository === null)
    throw new Failure(
      `${github.host} has no repository ${name}, or the token may not see it.`,
      'Check --repository and --api. A private repository needs a token with the scope repo, or a fine-grained one that names it.',
    )
  return {
    id: repository.id,
    owner: repository.owner.login,
    name: repository.name,
    url: repository.url,
    visibility: repository.visibility.toLowerCase() as RemoteRepository['visibility'],
    isArchived: repository.isArchived,
    hasDiscussions: repository.hasDiscussionsEnabled,
    parent: repository.parent?.nameWithOwner ?? null,
  }
}

const contentQuery = `query Content($id: ID!) {
  node(id: $id) { ... on Repository {
    package: object(expression: "HEAD:package.json") { ... on Blob { text } }
    program: object(expression: "HEAD:scripts/nightshift.ts") { __typename }
    parent {
      package: object(expression: "HEAD:package.json") { ... on Blob { text } }
      program: object(expression: "HEAD:scripts/nightshift.ts") { __typename }
    }
  } }
}`

const contentSchema = z.object({
  package: z.object({ text: z.string().nullish() }).nullable(),
  program: z.object({ __typename: z.string() }).nullable(),
})

/**
 * Whether the files of a repository, or of the one that it was forked from, are Nightshift's: a copy may have any name.
 * null where the token may not read files, as one for Discussions alone.
 */
export async function holdsNightshift(github: GitHub, { id, owner, name }: RemoteRepository): Promise<boolean | null> {
  const schema = z.object({ node: contentSchema.extend({ parent: contentSchema.nullable() }).nullable() })
  try {
    const what = `read package.json of ${owner}/${name}`
    const { node } = await github.query(what, contentQuery, { id }, schema)
    return node === null ? null : [node, node.parent].some(isNightshift)
  } catch (error) {
    if (error instanceof GitHubFailure && (error.status === 200 || error.status === 403)) return null
    throw error
  }
}

function isNightshift(content: z.infer<typeof contentSchema> | null): boolean {
  if (content?.program == null) return false
  const named = z.object({ name: z.literal('nightshift') }).safeParse(jsonOrNull(content.package?.text ?? ''))
  return named.success
}
