/** GraphQL documents for discussions, and the schemas of their answers. */
import { z } from 'zod'
import { shownText } from '../github/shown.ts'

const pageInfo = z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() })
export interface Page<T> {
  nodes: T[]
  pageInfo: z.infer<typeof pageInfo>
}
const named = z.object({ id: z.string(), name: z.string() })

export const categoriesQuery = `query Categories($repository: ID!) {
  node(id: $repository) { ... on Repository { discussionCategories(first: 100) { nodes { id name } } } }
}`
export const categoriesSchema = z.object({
  node: z.object({ discussionCategories: z.object({ nodes: z.array(named) }) }),
})

export const labelQuery = `query Label($repository: ID!, $name: String!) {
  node(id: $repository) { ... on Repository { label(name: $name) { id name } } }
}`
export const labelSchema = z.object({ node: z.object({ label: named.nullable() }) })

export const labelsQuery = `query Labels($repository: ID!) {
  node(id: $repository) { ... on Repository { labels(first: 100) { nodes { id name } } } }
}`
export const labelsSchema = z.object({ node: z.object({ labels: z.object({ nodes: z.array(named) }).nullable() }) })

/** Newest first, without their texts: a repository may have thousands. */
export const listQuery = `query Discussions($repository: ID!, $after: String) {
  node(id: $repository) { ... on Repository {
    discussions(first: 100, after: $after, orderBy: { field: CREATED_AT, direction: DESC }) {
      nodes { id viewerDidAuthor } pageInfo { hasNextPage endCursor }
    }
  } }
}`
export const listSchema = z.object({
  node: z.object({
    discussions: z.object({ nodes: z.array(z.object({ id: z.string(), viewerDidAuthor: z.boolean() })), pageInfo }),
  }),
})

export const bodiesQuery = `query Bodies($ids: [ID!]!) {
  nodes(ids: $ids) { ... on Discussion { id body } }
}`
export const bodiesSchema = z.object({
  nodes: z.array(z.object({ id: z.string().optional(), body: z.string().optional() }).nullable()),
})

export const discussionQuery = `query Discussion($id: ID!) {
  node(id: $id) { ... on Discussion {
    id url title body viewerDidAuthor viewerCanUpdate
    repository { id } category { id name } labels(first: 100) { nodes { id name } }
  } }
}`
const discussionSchema = z.object({
  id: z.string(),
  url: shownText,
  title: z.string(),
  body: z.string(),
  viewerDidAuthor: z.boolean(),
  viewerCanUpdate: z.boolean(),
  repository: z.object({ id: z.string() }),
  category: named,
  labels: z.object({ nodes: z.array(named) }).nullable(),
})
export type Discussion = z.infer<typeof discussionSchema>
/** The fields are asked for of a discussion: an id of something else gives an object without any. */
export const discussionAnswer = z.object({
  node: z.preprocess(
    node => (typeof node === 'object' && node !== null && 'id' in node ? node : null),
    discussionSchema.nullable(),
  ),
})

export const commentsQuery = `query Comments($id: ID!, $after: String) {
  node(id: $id) { ... on Discussion {
    comments(first: 50, after: $after) {
      nodes { id url body viewerDidAuthor viewerCanUpdate viewerCanDelete replies(first: 1) { totalCount } }
      pageInfo { hasNextPage endCursor }
    }
  } }
}`
const commentSchema = z.object({
  id: z.string(),
  url: shownText,
  body: z.string(),
  viewerDidAuthor: z.boolean(),
  viewerCanUpdate: z.boolean(),
  viewerCanDelete: z.boolean(),
  replies: z.object({ totalCount: z.number() }),
})
export type Comment = z.infer<typeof commentSchema>
export const commentsSchema = z.object({
  node: z.object({ comments: z.object({ nodes: z.array(commentSchema), pageInfo }) }),
})

export const commentQuery = `query Comment($id: ID!) { node(id: $id) { ... on DiscussionComment { id body } } }`
export const commentAnswer = z.object({
  node: z.object({ id: z.string().optional(), body: z.string().optional() }).nullable(),
})

export const createDiscussion = `mutation Create($repositoryId: ID!, $categoryId: ID!, $title: String!, $body: String!) {
  createDiscussion(input: { repositoryId: $repositoryId, categoryId: $categoryId, title: $title, body: $body }) {
    discussion { id url }
  }
}`
export const createdDiscussion = z
  .object({ createDiscussion: z.object({ discussion: z.object({ id: z.string(), url: shownText }) }) })
  .transform(({ createDiscussion: { discussion } }) => discussion)

export const updateDiscussion = `mutation Update($discussionId: ID!, $categoryId: ID, $title: String, $body: String) {
  updateDiscussion(input: { discussionId: $discussionId, categoryId: $categoryId, title: $title, body: $body }) {
    discussion { id }
  }
}`

export const addComment = `mutation AddComment($discussionId: ID!, $body: String!) {
  addDiscussionComment(input: { discussionId: $discussionId, body: $body }) { comment { id url } }
}`
export const addedComment = z
  .object({ addDiscussionComment: z.object({ comment: z.object({ id: z.string(), url: shownText }) }) })
  .transform(({ addDiscussionComment: { comment } }) => comment)

export const updateComment = `mutation UpdateComment($commentId: ID!, $body: String!) {
  updateDiscussionComment(input: { commentId: $commentId, body: $body }) { comment { id } }
}`

export const deleteComment = `mutation DeleteComment($id: ID!) {
  deleteDiscussionComment(input: { id: $id }) { comment { id } }
}`

export const addLabels = `mutation AddLabels($labelableId: ID!, $labelIds: [ID!]!) {
  addLabelsToLabelable(input: { labelableId: $labelableId, labelIds: $labelIds }) { labelable { __typename } }
}`

/** Of mutations whose effect is read back. */
export const anyAnswer = z.object({})
