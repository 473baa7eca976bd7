/** The questions of GitHub's GraphQL API that a pull request asks: about a repository, and whose the token is. */
import { execFileSync } from 'node:child_process'
import type { Repository, State } from './server.ts'

export function graphqlAnswer(
  { repositories, viewer }: State,
  { query, variables = {} }: { query?: unknown; variables?: Record<string, unknown> },
): { body: unknown; wrong: string[] } {
  const text = String(query)
  const same = (a: unknown, b: string) => String(a).toLowerCase() === b.toLowerCase()
  if (text.startsWith('query Viewer ')) return { body: { data: { viewer: { login: viewer } } }, wrong: [] }
  if (text.startsWith('query Repository(')) {
    const found = repositories.find(({ owner, name }) => same(variables.owner, owner) && same(variables.name, name))
    if (found) return { body: { data: { repository: described(found) } }, wrong: [] }
    const errors = [{ type: 'NOT_FOUND', path: ['repository'], message: 'Could not resolve to a Repository.' }]
    return { body: { data: { repository: null }, errors }, wrong: [] }
  }
  if (text.startsWith('query Templates(')) {
    const found = repositories.find(({ owner, name }) => same(variables.owner, owner) && same(variables.name, name))
    return { body: { data: { repository: found ? { pullRequestTemplates: templatesOf(found) } : null } }, wrong: [] }
  }
  if (text.startsWith('query Content(')) {
    const found = repositories.find(repository => idOf(repository) === variables.id)
    return {
      body: { data: { node: found ? { ...contentOf(found), parent: found.parent && contentOf(found.parent) } : null } },
      wrong: [],
    }
  }
  return {
    body: { data: null, errors: [{ message: 'unknown' }] },
    wrong: [`the test has no answer to ${text.slice(0, 60)}`],
  }
}

const idOf = ({ owner, name }: Repository) => `id of ${owner}/${name}`

const described = (repository: Repository) => ({
  id: idOf(repository),
  name: repository.name,
  owner: { login: repository.owner },
  url: `https://github.com/${repository.owner}/${repository.name}`,
  visibility: repository.visibility.toUpperCase(),
  isArchived: repository.isArchived,
  hasDiscussionsEnabled: false,
  parent: repository.parent && { nameWithOwner: `${repository.parent.owner}/${repository.parent.name}` },
})

const contentOf = ({ isNightshift }: Repository) => ({
  package: isNightshift ? { text: '{ "name": "nightshift" }' } : null,
  program: isNightshift ? { __typename: 'Blob' } : null,
})

/** Where GitHub looks for them: in .github/, at the root and in docs/, and there in a folder for several. */
const templatePath =
  /^(?:\.github\/|docs\/)?(?:pull_request_template(?:\.(?:md|txt))?|pull_request_template\/[^/]+\.(?:md|txt))$/i

function templatesOf({ path, hasTemplatePaths }: Repository): object[] {
  const show = (...args: string[]) => execFileSync('git', args, { cwd: path }).toString()
  const paths = show('ls-tree', '-r', '--name-only', 'main').split('\n')
  const found = paths.filter(each => templatePath.test(each))
  return found.map(each => ({
    filename: hasTemplatePaths ? each : each.split('/').at(-1),
    body: show('cat-file', 'blob', `main:${each}`),
  }))
}
