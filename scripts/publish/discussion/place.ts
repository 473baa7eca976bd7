/** Where in a repository a discussion goes: its category and labels. */
import { Failure } from '../../lib/errors.ts'
import { suggest } from '../../lib/suggest.ts'
import { named, sanitizeText } from '../../lib/text.ts'
import type { Ask } from '../../share/ask.ts'
import type { GitHub } from '../github/client.ts'
import type { RemoteRepository } from '../github/repository.ts'
import { categoriesQuery, categoriesSchema, labelQuery, labelSchema, labelsQuery, labelsSchema } from './queries.ts'

export interface Named {
  /** GraphQL node id. */
  id: string
  name: string
}

/**
 * The category of a name, in any case; asked for where none is given.
 * @throws {Failure} when Discussions are off, or there is no such category: it lists those there are
 */
export async function findCategory(
  github: GitHub,
  repository: RemoteRepository,
  given: string | null,
  ask: Ask | null,
): Promise<Named> {
  const name = `${repository.owner}/${repository.name}`
  if (!repository.hasDiscussions)
    throw new Failure(
      `Discussions are turned off in ${name}.`,
      'Turn them on in the settings of the repository, under Features, or name another with --repository.',
    )
  const variables = { repository: repository.id }
  const { node } = await github.query(`read the categories of ${name}`, categoriesQuery, variables, categoriesSchema)
  const categories = node.discussionCategories.nodes
  const names = categories.map(category => category.name)
  const listed = `Categories: ${named(names, 30)}. A new one can be made only on the pages of GitHub.`
  if (given === null && !ask) throw new Failure(`No category of ${name} was given.`, `Add --category NAME. ${listed}`)
  const wanted = given ?? (await ask?.(`Category of ${name} (${names.join(', ')})?`, names)) ?? ''
  const found = categories.find(category => category.name.toLowerCase() === wanted.toLowerCase())
  if (found === undefined)
    throw new Failure(
      `${name} has no category ${sanitizeText(wanted, 100)}.`,
      [suggest(wanted, names, ''), listed].join('\n').trim(),
    )
  return found
}

/**
 * The labels of given names.
 * @throws {Failure} for a name that the repository does not have: it lists those there are
 */
export async function findLabels(github: GitHub, repository: RemoteRepository, names: string[]): Promise<Named[]> {
  const found: Named[] = []
  for (const name of names) {
    const label = await findLabel(github, repository, name)
    if (label === null) throw await unknownLabel(github, repository, name)
    found.push(label)
  }
  return found
}

/** null where the repository has none of that name. */
export async function findLabel(github: GitHub, repository: RemoteRepository, name: string): Promise<Named | null> {
  const variables = { repository: repository.id, name }
  const { node } = await github.query(`read the label ${name}`, labelQuery, variables, labelSchema)
  return node.label
}

async function unknownLabel(github: GitHub, { id, owner, name }: RemoteRepository, label: string): Promise<Failure> {
  const { node } = await github.query('read the labels', labelsQuery, { repository: id }, labelsSchema)
  const names = (node.labels?.nodes ?? []).map(found => found.name)
  const listed = names.length === 0 ? 'It has none.' : `Labels: ${named(names, 30)}.`
  return new Failure(
    `${owner}/${name} has no label ${sanitizeText(label, 100)}.`,
    suggest(label, names, `${listed} Make it on the pages of GitHub, or leave it out.`),
  )
}
