/** Flags of `pnpm post` and what they ask for. */
import { command } from '../lib/command.ts'
import { Failure } from '../lib/errors.ts'
import { suggest } from '../lib/suggest.ts'
import { sanitizeText } from '../lib/text.ts'
import type { RepositoryName } from '../share/remote/remote.ts'
import type { About, Where } from './post.ts'

export const flags = {
  to: { type: 'string' },
  week: { type: 'boolean' },
  repository: { type: 'string' },
  category: { type: 'string' },
  label: { type: 'string', multiple: true },
  api: { type: 'string' },
  public: { type: 'boolean' },
  remote: { type: 'string' },
  title: { type: 'string' },
  draft: { type: 'boolean' },
  template: { type: 'string' },
  out: { type: 'string' },
  'front-matter': { type: 'string' },
  'with-session': { type: 'boolean' },
  'with-logs': { type: 'boolean' },
  'keep-paths': { type: 'boolean' },
  remember: { type: 'boolean' },
  program: { type: 'string' },
  yes: { type: 'boolean' },
  json: { type: 'boolean' },
} as const

/** Where a post may go: the values of --to. */
export const destinations = ['discussion', 'pull-request', 'docs'] as const satisfies Where[]

/** The forms of front matter of --front-matter. */
export const frontMatters = ['starlight', 'mkdocs', 'none'] as const
export type FrontMatter = (typeof frontMatters)[number]

/** What the flags say; null: the flag was not given. */
export interface PostRequest {
  to: Where
  /** Ids of the sessions, in the given order. */
  sessions: string[]
  about: About
  repository: RepositoryName | null
  category: string | null
  labels: string[]
  /** Root of GitHub's REST API, e.g. "https://github.example.com/api/v3". */
  api: string | null
  /** --public: the destination may be a repository that everyone can read. */
  allowPublic: boolean
  remote: string | null
  /** Of the pull request; null: computed. */
  title: string | null
  /** --draft: a new pull request is opened as a draft. */
  draft: boolean
  /** Name of the repository's pull request template, or "none"; null: the usual one. */
  template: string | null
  /** Folder for the docs. */
  out: string | null
  frontMatter: FrontMatter | null
  withSession: boolean
  withLogs: boolean
  keepPaths: boolean
}

interface Given {
  to?: string
  week?: boolean
  repository?: string
  category?: string
  label?: string[]
  api?: string
  public?: boolean
  remote?: string
  title?: string
  draft?: boolean
  template?: string
  out?: string
  'front-matter'?: string
  'with-session'?: boolean
  'with-logs'?: boolean
  'keep-paths'?: boolean
}

/**
 * Reads the flags before any session is looked for, so that a mistyped flag is named first.
 * @returns the request of the ids of sessions
 * @throws {Failure} for a missing destination, or a value that a flag does not take
 */
export function readRequest(given: Given): (sessions: string[]) => PostRequest {
  const to = readDestination(given.to)
  checkFit(given, to)
  const read = {
    to,
    repository: given.repository === undefined ? null : readRepositoryName(given.repository),
    category: given.category ?? null,
    labels: [...new Set(given.label ?? [])],
    api: given.api ?? null,
    allowPublic: given.public ?? false,
    remote: given.remote ?? null,
    title: given.title ?? null,
    draft: given.draft ?? false,
    template: given.template ?? null,
    out: given.out ?? null,
    frontMatter: readFrontMatter(given['front-matter']),
    withSession: given['with-session'] ?? false,
    withLogs: given['with-logs'] ?? false,
    keepPaths: given['keep-paths'] ?? false,
  }
  const about = (sessions: string[]) => (given.week ? 'week' : sessions.length === 1 ? 'session' : 'sessions')
  return sessions => ({ ...read, sessions, about: about(sessions) })
}

/** The flags that only some destinations have. */
const flagsOf: Record<Where, (keyof Given)[]> = {
  discussion: ['repository', 'category', 'label', 'api', 'public'],
  'pull-request': ['repository', 'label', 'api', 'public', 'remote', 'with-session', 'title', 'draft', 'template'],
  docs: ['out', 'front-matter'],
}

/** A flag that has no meaning for the destination is a mistake, and what it asks for would silently be left out. */
function checkFit(given: Given, to: Where): void {
  const specific = new Set(destinations.flatMap(where => flagsOf[where]))
  for (const name of specific) {
    if (given[name] === undefined || given[name] === false || flagsOf[to].includes(name)) continue
    const fitting = destinations.filter(where => flagsOf[where].includes(name))
    throw new Failure(
      `--${name} has no meaning with --to ${to}.`,
      `Leave it out; it goes with --to ${fitting.join(' or ')}.`,
    )
  }
}

function readDestination(given: string | undefined): Where {
  const listed = `Destinations: ${destinations.join(', ')}.`
  if (given === undefined)
    throw new Failure('No destination was given.', `Add --to, e.g. \`${command('post --to discussion')}\`. ${listed}`)
  const found = destinations.find(where => where === given)
  if (found === undefined)
    throw new Failure(`--to ${sanitizeText(given, 100)} is not a destination.`, suggest(given, destinations, listed))
  return found
}

function readFrontMatter(given: string | undefined): FrontMatter | null {
  if (given === undefined) return null
  const found = frontMatters.find(form => form === given)
  if (found === undefined)
    throw new Failure(
      `--front-matter ${sanitizeText(given, 100)} is not known.`,
      suggest(given, frontMatters, `Known: ${frontMatters.join(', ')}.`),
    )
  return found
}

/** GitHub's rules: letters, digits and dashes of the owner (and an underscore of managed users), also dots of the name. */
const repositoryName = /^([A-Za-z0-9][A-Za-z0-9_-]{0,99})\/(?!\.{1,2}$)([\w.-]{1,100})$/

/** "OWNER/NAME". @throws {Failure} for any other text */
export function readRepositoryName(text: string): RepositoryName {
  const [, owner, name] = repositoryName.exec(text) ?? []
  if (owner === undefined || name === undefined)
    throw new Failure(
      `--repository ${sanitizeText(text, 100)} is not the name of a repository.`,
      'Give it as OWNER/NAME, e.g. --repository my-lab/research; GitHub Enterprise also needs --api.',
    )
  return { owner, name }
}

/** "owner/name". */
export const nameOf = ({ owner, name }: RepositoryName): string => `${owner}/${name}`
