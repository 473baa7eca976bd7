/** What the GitHub of the tests holds. */

export interface Comment {
  id: string
  author: string
  body: string
  replies: number
}

export interface Discussion {
  id: string
  number: number
  author: string
  title: string
  body: string
  category: string
  labels: string[]
  comments: Comment[]
  createdAt: string
  isLocked: boolean
}

export interface Repository {
  id: string
  owner: string
  name: string
  visibility: 'PUBLIC' | 'PRIVATE' | 'INTERNAL'
  isArchived: boolean
  hasDiscussions: boolean
  /** Name of the repository that it was forked from. */
  parent: string | null
  /** Texts by path, at HEAD. */
  files: Record<string, string>
  categories: string[]
  labels: string[]
  discussions: Discussion[]
}

/** Who a token is of, and what it may do. `no scope`: it sees nothing private. */
export interface Token {
  login: string
  may: 'write' | 'read' | 'nothing'
  /** Whether it may read the files of repositories. */
  files: boolean
}

let ids = 0
export const newId = (kind: string): string => `${kind}_${String(++ids).padStart(6, '0')}`

export function repositoryOf(name: string, given: Partial<Repository> = {}): Repository {
  const [owner = '', own = ''] = name.split('/')
  return {
    id: newId('R'),
    owner,
    name: own,
    visibility: 'PRIVATE',
    isArchived: false,
    hasDiscussions: true,
    parent: null,
    files: {},
    categories: ['General', 'Research'],
    labels: ['autoresearch', 'overnight'],
    discussions: [],
    ...given,
  }
}

export function discussionOf(given: Partial<Discussion>): Discussion {
  return {
    id: newId('D'),
    number: ++ids,
    author: 'somebody',
    title: 'A question',
    body: 'How does this work?',
    category: 'General',
    labels: [],
    comments: [],
    createdAt: '2026-01-01T00:00:00Z',
    isLocked: false,
    ...given,
  }
}

export const commentOf = (given: Partial<Comment>): Comment => ({
  id: newId('DC'),
  author: 'somebody',
  body: 'Nice.',
  replies: 0,
  ...given,
})
