/**
 * GitHub's published GraphQL schema with resolvers over the tests' store: a field or type that GitHub does not have is an
 * error here, too. What a post does not need stays unresolved.
 */
import { schema as published } from '@octokit/graphql-schema'
import { createGraphQLError, createSchema } from 'graphql-yoga'
import { type Comment, commentOf, type Discussion, discussionOf, type Repository, type Token } from './store.ts'

export interface Context {
  token: Token
  repositories: Repository[]
  web: string
  now(): number
  /** Whether writes answer as if they had taken effect, and keep the old text. */
  keepsOld: boolean
}

type Resolver = (input: Record<string, unknown>, context: Context) => unknown

/** Built once a file of tests: it has 1.2 MB. */
export const githubSchema = () =>
  createSchema<Context>({
    typeDefs: published.idl,
    resolvers: { Query: withoutRoot(queries), Mutation: withoutRoot(mutations) },
    resolverValidationOptions: { requireResolversToMatchSchema: 'error' },
    assumeValid: true,
    assumeValidSDL: true,
    noLocation: true,
  })

const withoutRoot = (resolvers: Record<string, Resolver>) =>
  Object.fromEntries(
    Object.entries(resolvers).map(([name, resolve]) => [
      name,
      (_root: unknown, input: Record<string, unknown>, context: Context) => resolve(input, context),
    ]),
  )

const refuse = (type: string, message: string): Error => createGraphQLError(message, { extensions: { type } })

const notFound = (id: string) => refuse('NOT_FOUND', `Could not resolve to a node with the global id of '${id}'`)

const queries: Record<string, Resolver> = {
  repository: ({ owner, name }, context) => {
    const found = context.repositories.find(({ owner: o, name: n }) => same(`${o}/${n}`, `${owner}/${name}`))
    const isSeen = found && (found.visibility === 'PUBLIC' || context.token.may !== 'nothing')
    if (!isSeen) throw refuse('NOT_FOUND', `Could not resolve to a Repository with the name '${owner}/${name}'.`)
    return repositoryNode(found, context)
  },
  node: ({ id }, context) => nodeOf(String(id), context) ?? raise(notFound(String(id))),
  nodes: ({ ids }, context) => (ids as string[]).map(id => nodeOf(id, context)),
}

const mutations: Record<string, Resolver> = {
  createDiscussion: ({ input }, context) => {
    const { repositoryId, categoryId, title, body } = input as Record<string, string>
    const repository =
      writable(context).repositories.find(({ id }) => id === repositoryId) ?? raise(notFound(`${repositoryId}`))
    const category =
      repository.categories.find(name => categoryIdOf(repository, name) === categoryId) ??
      raise(notFound(`${categoryId}`))
    checkBody(body)
    const createdAt = new Date(context.now()).toISOString()
    const made = discussionOf({
      author: context.token.login,
      title: `${title}`,
      body: context.keepsOld ? '' : `${body}`,
      category,
      createdAt,
    })
    repository.discussions.push(made)
    return { discussion: discussionNode(made, repository, context) }
  },
  updateDiscussion: ({ input }, context) => {
    const given = input as Record<string, string | undefined>
    const { discussion, repository } =
      findDiscussion(`${given.discussionId}`, writable(context)) ?? raise(notFound(`${given.discussionId}`))
    ownOnly(discussion.author, context)
    if (given.body !== undefined) checkBody(given.body)
    if (!context.keepsOld) {
      discussion.title = given.title ?? discussion.title
      discussion.body = given.body ?? discussion.body
      discussion.category =
        repository.categories.find(name => categoryIdOf(repository, name) === given.categoryId) ?? discussion.category
    }
    return { discussion: discussionNode(discussion, repository, context) }
  },
  addDiscussionComment: ({ input }, context) => {
    const { discussionId, body } = input as Record<string, string>
    const { discussion, repository } =
      findDiscussion(`${discussionId}`, writable(context)) ?? raise(notFound(`${discussionId}`))
    checkBody(body)
    const made = commentOf({ author: context.token.login, body: `${body}` })
    discussion.comments.push(made)
    return { comment: commentNode(made, discussion, repository, context) }
  },
  updateDiscussionComment: ({ input }, context) => {
    const { commentId, body } = input as Record<string, string>
    const { comment, discussion, repository } =
      findComment(`${commentId}`, writable(context)) ?? raise(notFound(`${commentId}`))
    ownOnly(comment.author, context)
    checkBody(body)
    if (!context.keepsOld) comment.body = `${body}`
    return { comment: commentNode(comment, discussion, repository, context) }
  },
  deleteDiscussionComment: ({ input }, context) => {
    const { id } = input as Record<string, string>
    const { comment, discussion, repository } = findComment(`${id}`, writable(context)) ?? raise(notFound(`${id}`))
    ownOnly(comment.author, context)
    discussion.comments.splice(discussion.comments.indexOf(comment), 1)
    return { comment: commentNode(comment, discussion, repository, context) }
  },
  addLabelsToLabelable: ({ input }, context) => {
    const { labelableId, labelIds } = input as { labelableId: string; labelIds: string[] }
    const { discussion, repository } = findDiscussion(labelableId, writable(context)) ?? raise(notFound(labelableId))
    const names = repository.labels.filter(name => labelIds.includes(labelIdOf(repository, name)))
    discussion.labels = [...new Set([...discussion.labels, ...names])]
    return { labelable: discussionNode(discussion, repository, context) }
  },
}

function writable(context: Context): Context {
  if (context.token.may === 'nothing')
    throw refuse(
      'INSUFFICIENT_SCOPES',
      "Your token has not been granted the required scopes to execute this query. The 'id' field requires one of the following scopes: ['repo'].",
    )
  if (context.token.may === 'read') throw refuse('FORBIDDEN', 'Resource not accessible by personal access token')
  return context
}

function ownOnly(author: string, { token }: Context): void {
  if (author !== token.login)
    throw refuse('FORBIDDEN', `${token.login} does not have the correct permissions to execute this.`)
}

function checkBody(body = ''): void {
  if (body.length > 65_536) throw refuse('UNPROCESSABLE', 'Body is too long (maximum is 65536 characters)')
}

function raise(error: Error): never {
  throw error
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()
const categoryIdOf = ({ id }: Repository, name: string): string => `DIC_${id}_${name}`
const labelIdOf = ({ id }: Repository, name: string): string => `LA_${id}_${name}`

function findDiscussion(id: string, { repositories }: Context) {
  for (const repository of repositories) {
    const discussion = repository.discussions.find(found => found.id === id)
    if (discussion) return { discussion, repository }
  }
  return null
}

function findComment(id: string, { repositories }: Context) {
  for (const repository of repositories)
    for (const discussion of repository.discussions) {
      const comment = discussion.comments.find(found => found.id === id)
      if (comment) return { comment, discussion, repository }
    }
  return null
}

function nodeOf(id: string, context: Context): object | null {
  const repository = context.repositories.find(found => found.id === id)
  if (repository) return repositoryNode(repository, context)
  const discussion = findDiscussion(id, context)
  if (discussion) return discussionNode(discussion.discussion, discussion.repository, context)
  const comment = findComment(id, context)
  return comment && commentNode(comment.comment, comment.discussion, comment.repository, context)
}

interface Range {
  first?: number
  after?: string | null
}

/** GitHub gives at most 100 nodes, and none without being told how many. */
function connection<T>(all: T[], { first, after }: Range, node: (one: T) => object) {
  if (first === undefined || first < 1 || first > 100)
    throw refuse('EXCESSIVE_PAGINATION', 'Requesting records on a connection needs `first` between 1 and 100.')
  const start = after ? Number(after) : 0
  const end = Math.min(all.length, start + first)
  const pageInfo = { hasNextPage: end < all.length, endCursor: end === 0 ? null : String(end) }
  return { totalCount: all.length, nodes: all.slice(start, end).map(node), pageInfo }
}

function repositoryNode(repository: Repository, context: Context): object {
  const { id, owner, name, visibility, isArchived, hasDiscussions, files } = repository
  const parent = context.repositories.find(found => `${found.owner}/${found.name}` === repository.parent)
  const label = (found: string) => ({ id: labelIdOf(repository, found), name: found })
  return {
    __typename: 'Repository',
    id,
    name,
    nameWithOwner: `${owner}/${name}`,
    owner: { __typename: 'Organization', login: owner },
    url: `${context.web}/${owner}/${name}`,
    visibility,
    isArchived,
    hasDiscussionsEnabled: hasDiscussions,
    parent: parent ? repositoryNode(parent, context) : null,
    object: ({ expression }: { expression: string }) => {
      if (!context.token.files) throw refuse('FORBIDDEN', 'Resource not accessible by personal access token')
      const text = files[expression.replace(/^HEAD:/, '')]
      return text === undefined ? null : { __typename: 'Blob', text }
    },
    discussionCategories: (range: Range) =>
      connection(hasDiscussions ? repository.categories : [], range, found => ({
        id: categoryIdOf(repository, found),
        name: found,
      })),
    label: ({ name: wanted }: { name: string }) => {
      const found = repository.labels.find(other => same(other, wanted))
      return found === undefined ? null : label(found)
    },
    labels: (range: Range) => connection(repository.labels, range, label),
    discussions: (range: Range) =>
      connection(
        repository.discussions.toSorted((a, b) => b.createdAt.localeCompare(a.createdAt)),
        range,
        found => discussionNode(found, repository, context),
      ),
  }
}

function discussionNode(discussion: Discussion, repository: Repository, context: Context): object {
  const { id, number, title, body, author, comments } = discussion
  return {
    __typename: 'Discussion',
    id,
    number,
    title,
    body,
    url: `${context.web}/${repository.owner}/${repository.name}/discussions/${number}`,
    viewerDidAuthor: author === context.token.login,
    viewerCanUpdate: author === context.token.login && !discussion.isLocked,
    createdAt: discussion.createdAt,
    repository: () => repositoryNode(repository, context),
    category: { id: categoryIdOf(repository, discussion.category), name: discussion.category },
    labels: (range: Range) => connection(discussion.labels, range, name => ({ id: labelIdOf(repository, name), name })),
    comments: (range: Range) =>
      connection(comments, range, found => commentNode(found, discussion, repository, context)),
  }
}

function commentNode(comment: Comment, discussion: Discussion, repository: Repository, context: Context): object {
  const { id, body, author, replies } = comment
  return {
    __typename: 'DiscussionComment',
    id,
    body,
    url: `${context.web}/${repository.owner}/${repository.name}/discussions/${discussion.number}#discussioncomment-${id}`,
    viewerDidAuthor: author === context.token.login,
    viewerCanUpdate: author === context.token.login,
    viewerCanDelete: author === context.token.login,
    replies: { totalCount: replies, nodes: [] },
  }
}
