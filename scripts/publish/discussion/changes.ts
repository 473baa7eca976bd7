/** What must be written so that a discussion and its comments show a post. Pure. */
import { named, plural, sanitizeText } from '../../lib/text.ts'
import { isSame } from '../github/confirm.ts'
import { markerOf, type Post } from '../post.ts'
import type { Named } from './place.ts'
import type { Comment, Discussion } from './queries.ts'

export type Change =
  | { kind: 'create'; title: string; body: string }
  /** Of title, body and category only what changes. */
  | { kind: 'update'; title: string | null; body: string | null; category: Named | null }
  /** `part` from 1, of `parts` comments. */
  | { kind: 'add'; part: number; parts: number; body: string }
  | { kind: 'edit'; comment: string; part: number; parts: number; body: string }
  /** A comment that is no longer needed. One with replies cannot go without them, and says that it is empty. */
  | { kind: 'empty'; comment: string; body: string }
  | { kind: 'delete'; comment: string }
  | { kind: 'label'; labels: Named[] }

export interface Existing {
  discussion: Discussion
  /** Our comments that continue the post, oldest first. */
  comments: Comment[]
}

/**
 * @param existing null: there is no post yet
 * @param category null: it stays in the category where it is
 * @param labels that it shall have; it keeps others
 */
export function changesFor(post: Post, existing: Existing | null, category: Named | null, labels: Named[]): Change[] {
  const [body = '', ...comments] = post.parts
  return [
    ...(existing === null
      ? [{ kind: 'create' as const, title: post.title, body }]
      : updateOf(existing.discussion, post.title, body, category)),
    ...commentChanges(post.key, comments, existing?.comments ?? []),
    ...labelChanges(labels, existing?.discussion.labels?.nodes ?? []),
  ]
}

function updateOf(is: Discussion, title: string, body: string, category: Named | null): Change[] {
  const change = {
    title: isSame(is.title, title) ? null : title,
    body: isSame(is.body, body) ? null : body,
    category: category === null || is.category.id === category.id ? null : category,
  }
  const isChanged = Object.values(change).some(value => value !== null)
  return isChanged ? [{ kind: 'update', ...change }] : []
}

/** Comments are filled in their order, whatever part each held before, so that the parts are read in order. */
function commentChanges(key: string, wanted: string[], existing: Comment[]): Change[] {
  const parts = wanted.length
  const filled = wanted.flatMap((body, i): Change[] => {
    const comment = existing[i]
    if (comment === undefined) return [{ kind: 'add', part: i + 1, parts, body }]
    return isSame(comment.body, body) ? [] : [{ kind: 'edit', comment: comment.id, part: i + 1, parts, body }]
  })
  const extra = existing.slice(parts).flatMap((comment, i): Change[] => {
    if (comment.viewerCanDelete && comment.replies.totalCount === 0) return [{ kind: 'delete', comment: comment.id }]
    const body = `This part of the post is no longer needed.\n\n${markerOf(key, parts + 1 + i)}`
    return isSame(comment.body, body) ? [] : [{ kind: 'empty', comment: comment.id, body }]
  })
  return [...filled, ...extra]
}

function labelChanges(wanted: Named[], existing: Named[]): Change[] {
  const labels = wanted.filter(({ id }) => existing.every(label => label.id !== id))
  return labels.length === 0 ? [] : [{ kind: 'label', labels }]
}

/** What a change does, after "will" and in the plan, e.g. "update the title and the body". */
export function describe(change: Change): string {
  switch (change.kind) {
    case 'create':
      return 'create the discussion'
    case 'update': {
      const parts = [
        ...(change.title === null ? [] : ['the title']),
        ...(change.body === null ? [] : ['the body']),
        ...(change.category === null ? [] : [`the category, to ${sanitizeText(change.category.name)}`]),
      ]
      return `update ${new Intl.ListFormat('en').format(parts)}`
    }
    case 'add':
      return `add comment ${change.part} of ${change.parts}`
    case 'edit':
      return `update comment ${change.part} of ${change.parts}`
    case 'empty':
      return 'empty a comment that is no longer needed, which has replies'
    case 'delete':
      return 'delete a comment that is no longer needed'
    case 'label':
      return `add ${plural(change.labels.length, 'label')}: ${named(
        change.labels.map(({ name }) => name),
        20,
      )}`
  }
}

/** The texts that a change sends. */
export function textsOf(change: Change): { name: string; text: string }[] {
  if (change.kind === 'delete' || change.kind === 'label') return []
  if (change.kind === 'create' || change.kind === 'update')
    return [
      ...(change.title === null ? [] : [{ name: 'title', text: change.title }]),
      ...(change.body === null ? [] : [{ name: 'body', text: change.body }]),
    ]
  const name =
    change.kind === 'empty' ? 'comment that is no longer needed' : `comment ${change.part} of ${change.parts}`
  return [{ name, text: change.body }]
}
