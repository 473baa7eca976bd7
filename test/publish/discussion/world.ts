/** A repository on the tests' GitHub, a post, and where its session is recorded. */
import { join } from 'node:path'
import type { Outcome, Plan, PostContext } from '../../../scripts/publish/destination.ts'
import { publishDiscussion } from '../../../scripts/publish/discussion/post.ts'
import { markerOf, type Post } from '../../../scripts/publish/post.ts'
import { type PostRequest, readRequest } from '../../../scripts/publish/request.ts'
import type { Target } from '../../../scripts/publish/target.ts'
import { readPosts } from '../../../scripts/record/files/posts.ts'
import type { Ask } from '../../../scripts/share/ask.ts'
import { scratch } from '../../helpers/throwaway.ts'
import { type FakeClock, fakeClock } from '../github/clock.ts'
import type { GitHubServer } from '../github/server.ts'
import { type Repository, repositoryOf } from '../github/store.ts'

export const session = '2026-11-21-h100-abcd-nov21'
export const key = `session ${session}`
export const token = 'github_pat_11SECRET0123456789_abcdefghijklmnop'
export const target: Target = { key: '/home/somebody/nanochat', isOwn: false }

/** @param texts the body, then the comments */
export const postOf = (texts: string[], given: Partial<Post> = {}): Post => ({
  key,
  title: 'val_bpb 2.8% lower after 48 experiments',
  parts: texts.map((text, i) => `${text}\n\n${markerOf(key, i)}\n`),
  labels: ['autoresearch'],
  sessions: [session],
  ...given,
})

export interface World {
  github: GitHubServer
  clock: FakeClock
  repository: Repository
  folder: string
  /** What the terminal showed, a line a step. */
  shown: string[]
  plans: Plan[]
  /** Posts with flags, as `--to discussion` and these. */
  post(post: Post, given?: Partial<Parameters<typeof readRequest>[0]>, more?: Partial<PostContext>): Promise<Outcome>
  posts(): ReturnType<typeof readPosts>
}

export const place = { repository: 'my-lab/research', category: 'Research' }

/** Each write's operation since the last call. */
export const writesOf = ({ github }: World): string[] => github.writes.splice(0).map(({ operation }) => operation)

export async function world(github: GitHubServer): Promise<World> {
  const clock = fakeClock()
  github.reset(clock)
  github.tokens[token] = { login: 'researcher', may: 'write', files: true }
  const repository = repositoryOf('my-lab/research')
  github.repositories.push(repository)
  const root = await scratch()
  const shown: string[] = []
  const plans: Plan[] = []
  const terminal = {
    step: (verb: string, text: string) => void shown.push(`${verb} ${text}`),
    live: () => {},
    headline: (text: string) => void shown.push(text),
  }
  const approve = async (plan: Plan) => plans.push(plan) > 0
  const context: PostContext = {
    root: join(root, 'sessions'),
    work: join(root, 'work'),
    env: { GITHUB_TOKEN: token },
    terminal,
    clock,
    draw: () => Promise.reject(new Error('A discussion has no figures.')),
    ask: null as Ask | null,
    approve,
  }
  return {
    github,
    clock,
    repository,
    folder: join(context.root, session),
    shown,
    plans,
    post: (post, given = {}, more = {}) => {
      const request: PostRequest = readRequest({ to: 'discussion', api: github.api, ...given })(post.sessions)
      return publishDiscussion(post, target, request, { ...context, ...more })
    },
    posts: () => readPosts(join(context.root, session)),
  }
}
