/** The repository's pull request templates, as GitHub finds them: in .github/, at the root, in docs/ and in their folders. */
import { z } from 'zod'
import { Failure } from '../../../lib/errors.ts'
import { suggest } from '../../../lib/suggest.ts'
import { named, sanitizeText } from '../../../lib/text.ts'
import type { RepositoryName } from '../../../share/remote/remote.ts'
import type { GitHub } from '../../github/client.ts'
import { nameOf } from '../../request.ts'

const schema = z.object({
  repository: z
    .object({
      pullRequestTemplates: z
        .array(z.object({ filename: z.string().nullable(), body: z.string().nullable() }))
        .nullable(),
    })
    .nullable(),
})

/** What is asked of GitHub's GraphQL API. */
export const documents = {
  templates: `query Templates($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) { pullRequestTemplates { filename body } }
}`,
}

/**
 * The template that GitHub puts into a new pull request by itself, if it has this name: one in a folder of several is not.
 * GitHub's schema does not say whether `filename` has the folder, so both are read.
 */
const isDefault = (name: string): boolean =>
  /^(?:\.github\/|docs\/)?pull_request_template(?:\.(?:md|txt))?$/i.test(name)

/** GitHub looks in .github/ first, then at the root, then in docs/. */
const rankOf = (name: string): number => (/^\.github\//i.test(name) ? 0 : /^docs\//i.test(name) ? 2 : 1)

export interface Template {
  /** The file's name, with its folder where GitHub gives that. */
  name: string
  text: string
}

/** The template to use, and the names of all where it is not known which. */
export interface Templates {
  chosen: Template | null
  others: string[]
}

/**
 * @param asked name of one, or "none"; null: the one that GitHub uses by itself, or the only one
 * @throws {Failure} when the repository has none of that name
 */
export async function readTemplate(
  github: Pick<GitHub, 'query'>,
  base: RepositoryName,
  asked: string | null,
): Promise<Templates> {
  if (asked === 'none') return { chosen: null, others: [] }
  const { owner, name } = base
  const found = await github.query(
    `read the templates of ${nameOf(base)}`,
    documents.templates,
    { owner, name },
    schema,
  )
  const all = (found.repository?.pullRequestTemplates ?? []).flatMap(({ filename, body }) =>
    body === null || body.trim() === '' ? [] : [{ name: filename ?? 'template', text: body }],
  )
  const names = all.map(each => sanitizeText(each.name, 100))
  if (asked !== null) {
    const wanted = asked.toLowerCase()
    const namedBy = (nameOf: (name: string) => string) => all.find(({ name }) => nameOf(name).toLowerCase() === wanted)
    const chosen = namedBy(name => name) ?? namedBy(baseName)
    if (chosen) return { chosen, others: [] }
    throw new Failure(
      `${nameOf(base)} has no pull request template ${sanitizeText(asked, 80)}.`,
      suggest(asked, names, names.length === 0 ? 'It has none: leave out --template.' : `It has ${named(names, 20)}.`),
    )
  }
  const usual = all.filter(({ name }) => isDefault(name)).sort((a, b) => rankOf(a.name) - rankOf(b.name))
  const chosen = usual[0] ?? (all.length === 1 ? (all[0] ?? null) : null)
  return { chosen, others: chosen === null ? names : [] }
}

const baseName = (name: string): string => name.split('/').at(-1) ?? name
