/** What the operations of GitHub's REST API do on a test's repositories and pull requests, by their names. */
import { execFileSync } from 'node:child_process'
import { example } from './openapi.ts'
import { type Pull, type Repository, revision, type State } from './server.ts'

export interface Answer {
  status: number
  headers?: Record<string, string>
  /** null: without a body. */
  body: unknown
}

export interface Call {
  values: Record<string, string>
  query: URLSearchParams
  body: Record<string, unknown>
  /** Whether texts stay as they are, though the answer says otherwise. */
  keepsOld: boolean
}

type Handler = (state: State, call: Call) => Answer

const notFound: Answer = {
  status: 404,
  body: { message: 'Not Found', documentation_url: 'https://docs.github.com/rest' },
}

const invalid = (message: string): Answer => ({
  status: 422,
  body: {
    message: 'Validation Failed',
    errors: [{ resource: 'PullRequest', code: 'custom', message }],
    documentation_url: 'https://docs.github.com/rest/pulls/pulls#create-a-pull-request',
  },
})

const pulls = '/repos/{owner}/{repo}/pulls'
const issue = '/repos/{owner}/{repo}/issues/{issue_number}'
const comment = '/repos/{owner}/{repo}/issues/comments/{comment_id}'

export const handlers: Record<string, Handler> = {
  'GET /repos/{owner}/{repo}': (state, { values }) => {
    const found = repositoryOf(state, values)
    return found ? { status: 200, body: shownRepository(found) } : notFound
  },
  [`GET ${pulls}`]: (state, { values, query }) => {
    const repository = repositoryOf(state, values)
    if (!repository) return notFound
    const [owner, branch] = (query.get('head') ?? '').split(':')
    const wanted = state.pulls.filter(
      pull =>
        pull.repository === repository &&
        // GitHub leaves out a filter that it does not understand.
        (branch === undefined || (pull.head.owner === owner && pull.branch === branch)) &&
        (query.get('state') === 'all' || pull.state === 'open'),
    )
    return { status: 200, body: page(wanted.toReversed(), query).map(pull => shownPull(pull, 'list')) }
  },
  [`POST ${pulls}`]: (state, { values, body }) => {
    const repository = repositoryOf(state, values)
    if (!repository) return notFound
    const [owner = '', branch = ''] = String(body.head).split(':')
    const isHead = (each: Repository) =>
      each.owner === owner &&
      (each === repository || each.parent === repository) &&
      (body.head_repo === undefined || each.name === body.head_repo)
    const head = state.repositories.find(isHead)
    const tip = head && revision(head.path, `refs/heads/${branch}`)
    if (!head || !tip) return invalid('invalid head')
    if (state.pulls.some(pull => pull.head === head && pull.branch === branch && pull.state === 'open'))
      return invalid(`A pull request already exists for ${owner}:${branch}.`)
    const into = revision(repository.path, `refs/heads/${body.base}`)
    if (into === null) return invalid('invalid base')
    if (body.draft === true && repository.isFree)
      return invalid('Draft pull requests are not supported in this repository.')
    if (commitsBetween(head.path, into, tip) === 0)
      return invalid(`No commits between ${body.base} and ${owner}:${branch}`)
    const number = state.pulls.length + 1
    const made = {
      state: 'open',
      merged: false,
      draft: body.draft === true,
      labels: [],
      comments: [],
      author: state.viewer,
    } satisfies Partial<Pull>
    const text = { title: String(body.title), body: String(body.body) }
    const pull = { ...made, ...text, repository, head, number, branch, into: String(body.base) }
    state.pulls.push(pull)
    return { status: 201, body: shownPull(pull, 'one') }
  },
  [`GET ${pulls}/{pull_number}`]: (state, { values }) => {
    const pull = pullOf(state, values, values.pull_number)
    return pull ? { status: 200, body: shownPull(pull, 'one') } : notFound
  },
  [`PATCH ${pulls}/{pull_number}`]: (state, { values, body, keepsOld }) => {
    const pull = pullOf(state, values, values.pull_number)
    if (!pull) return notFound
    const asked = { ...pull, title: String(body.title), body: String(body.body) }
    if (!keepsOld) Object.assign(pull, asked)
    return { status: 200, body: shownPull(asked, 'one') }
  },
  'GET /repos/{owner}/{repo}/labels': (state, { values, query }) => {
    const repository = repositoryOf(state, values)
    return repository ? { status: 200, body: page(repository.labels, query).map(shownLabel) } : notFound
  },
  [`GET ${issue}/labels`]: (state, { values, query }) => {
    const pull = pullOf(state, values, values.issue_number)
    return pull ? { status: 200, body: page(pull.labels, query).map(shownLabel) } : notFound
  },
  [`POST ${issue}/labels`]: (state, { values, body }) => {
    const pull = pullOf(state, values, values.issue_number)
    if (!pull) return notFound
    pull.labels = [...new Set([...pull.labels, ...(body.labels as string[])])]
    return { status: 200, body: pull.labels.map(shownLabel) }
  },
  [`GET ${issue}/comments`]: (state, { values, query }) => {
    const pull = pullOf(state, values, values.issue_number)
    return pull ? { status: 200, body: page(pull.comments, query).map(shownComment) } : notFound
  },
  [`POST ${issue}/comments`]: (state, { values, body }) => {
    const pull = pullOf(state, values, values.issue_number)
    if (!pull) return notFound
    const id = 1 + Math.max(100, ...state.pulls.flatMap(({ comments }) => comments.map(each => each.id)))
    const made = { id, body: String(body.body), author: state.viewer }
    pull.comments.push(made)
    return { status: 201, body: shownComment(made) }
  },
  [`GET ${comment}`]: (state, { values }) => {
    const found = commentOf(state, values)
    return found ? { status: 200, body: shownComment(found) } : notFound
  },
  [`PATCH ${comment}`]: (state, { values, body, keepsOld }) => {
    const found = commentOf(state, values)
    if (!found) return notFound
    if (!keepsOld) found.body = String(body.body)
    return { status: 200, body: shownComment({ ...found, body: String(body.body) }) }
  },
  [`DELETE ${comment}`]: (state, { values }) => {
    if (!commentOf(state, values)) return notFound
    for (const pull of state.pulls) pull.comments = pull.comments.filter(({ id }) => id !== Number(values.comment_id))
    return { status: 204, body: null }
  },
}

const same = (a: string | undefined, b: string) => a?.toLowerCase() === b.toLowerCase()

const repositoryOf = ({ repositories }: State, { owner, repo }: Record<string, string>): Repository | undefined =>
  repositories.find(each => same(owner, each.owner) && same(repo, each.name))

const pullOf = (state: State, values: Record<string, string>, number: string | undefined): Pull | undefined =>
  state.pulls.find(each => each.repository === repositoryOf(state, values) && each.number === Number(number))

const commentOf = ({ pulls }: State, { comment_id }: Record<string, string>) =>
  pulls.flatMap(({ comments }) => comments).find(({ id }) => id === Number(comment_id))

function page<T>(all: T[], query: URLSearchParams): T[] {
  const size = Number(query.get('per_page') ?? 30)
  const from = (Number(query.get('page') ?? 1) - 1) * size
  return all.slice(from, from + size)
}

/** Commits that the tip has and `into` lacks, in a repository that may lack `into`. */
function commitsBetween(path: string, into: string, tip: string): number {
  const args = ['rev-list', '--count', '--ignore-missing', tip, `^${into}`]
  return Number(execFileSync('git', args, { cwd: path }).toString())
}

const shownLabel = (name: string) => ({ ...(example('label-items') as unknown as object[])[0], name })
const shownComment = ({ id, body, author }: Pull['comments'][number]) => {
  const described = example('issue-comment')
  return { ...described, id, body, user: { ...(described.user as object), login: author } }
}

function shownRepository(repository: Repository): object {
  const { owner, name, visibility, isArchived, triage, parent } = repository
  const described = example('full-repository-default-response')
  const { parent: exampleParent, source: _, ...rest } = described
  return {
    ...rest,
    name,
    full_name: `${owner}/${name}`,
    owner: { ...(described.owner as object), login: owner },
    private: visibility === 'private',
    language: 'Python',
    visibility,
    fork: parent !== null,
    archived: isArchived,
    default_branch: 'main',
    permissions: { admin: false, maintain: false, push: triage, triage, pull: true },
    ...(parent === null
      ? {}
      : { parent: { ...(exampleParent as object), name: parent.name, full_name: `${parent.owner}/${parent.name}` } }),
  }
}

function shownPull(pull: Pull, form: 'one' | 'list'): object {
  const { repository, head, number, branch, into, title, body, state, merged, draft, labels, author } = pull
  const items = example('pull-request-simple-items') as unknown as Record<string, object>[]
  const described = (form === 'one' ? example('pull-request') : (items[0] ?? {})) as Record<string, object>
  const side = (at: 'head' | 'base', of: Repository, ref: string) => ({
    ...described[at],
    label: `${of.owner}:${ref}`,
    ref,
    sha: revision(of.path, `refs/heads/${ref}`) ?? '0'.repeat(40),
  })
  const time = '2026-11-28T00:00:00Z'
  return {
    ...described,
    number,
    html_url: `https://github.com/${repository.owner}/${repository.name}/pull/${number}`,
    state,
    title,
    body,
    draft,
    user: { ...described.user, login: author },
    labels: labels.map(shownLabel),
    requested_teams: [],
    closed_at: state === 'closed' ? time : null,
    merged_at: merged ? time : null,
    head: side('head', head, branch),
    base: side('base', repository, into),
  }
}
