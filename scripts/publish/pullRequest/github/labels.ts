/** Labels of a pull request. GitHub makes a label that it does not know, so they are looked up first. */
import { z } from 'zod'
import { Failure } from '../../../lib/errors.ts'
import { suggest } from '../../../lib/suggest.ts'
import { sanitizeText } from '../../../lib/text.ts'
import type { GitHub } from '../../github/client.ts'
import { writeOnce } from '../../github/writeOnce.ts'
import { nameOf, type RepositoryName } from '../../request.ts'
import { readAll } from './pages.ts'
import type { PullRequest } from './records.ts'

const labelSchema = z.object({ name: z.string() })

/**
 * @param asked must exist @param usual are left out where they do not
 * @returns the labels to add, as the repository writes them
 * @throws {Failure} when one that was asked for does not exist
 */
export async function readLabels(
  github: Pick<GitHub, 'rest'>,
  base: RepositoryName,
  asked: string[],
  usual: string[],
): Promise<string[]> {
  if (asked.length + usual.length === 0) return []
  const route = 'GET /repos/{owner}/{repo}/labels'
  const parameters = { owner: base.owner, repo: base.name }
  const known = await readAll(github, `list the labels of ${nameOf(base)}`, route, parameters, labelSchema)
  const names = known.map(({ name }) => name)
  const find = (label: string) => names.find(name => name.toLowerCase() === label.toLowerCase())
  const missing = asked.find(label => find(label) === undefined)
  if (missing !== undefined)
    throw new Failure(
      `${nameOf(base)} has no label ${sanitizeText(missing, 80)}.`,
      suggest(
        missing,
        names,
        `Make it there, or name one of: ${names.map(name => sanitizeText(name, 60)).join(', ')}.`,
      ),
    )
  return [...new Set([...asked, ...usual].flatMap(label => find(label) ?? []))]
}

/** Adds labels to a pull request; those that it has stay. @returns those that were added */
export async function addLabels(
  github: GitHub,
  base: RepositoryName,
  { number, labels }: Pick<PullRequest, 'number' | 'labels'>,
  wanted: string[],
): Promise<string[]> {
  const added = wanted.filter(label => !labels.some(({ name }) => name === label))
  if (added.length === 0) return []
  const parameters = { owner: base.owner, repo: base.name, issue_number: number }
  const list = () =>
    readAll(
      github,
      `list the labels of #${number}`,
      'GET /repos/{owner}/{repo}/issues/{issue_number}/labels',
      parameters,
      labelSchema,
    )
  const add = () =>
    github.rest(
      `label #${number}`,
      'POST /repos/{owner}/{repo}/issues/{issue_number}/labels',
      { ...parameters, labels: added },
      z.array(labelSchema),
    )
  const hasAll = (now: { name: string }[]) => added.every(label => now.some(({ name }) => name === label))
  const now = await writeOnce(github.clock, add, async () => {
    const there = await list()
    return hasAll(there) ? there : null
  })
  if (hasAll(now)) return added
  throw new Failure(
    `GitHub did not take the labels of pull request #${number}: ${added.join(', ')}.`,
    'Add them by hand: labels need the right to triage in that repository.',
  )
}
