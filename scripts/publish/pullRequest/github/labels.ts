/** Labels of a pull request. GitHub makes a label that it does not know, so they are looked up first. */
import { z } from 'zod'
import { Failure } from '../../../lib/errors.ts'
import { suggest } from '../../../lib/suggest.ts'
import { named, sanitizeText } from '../../../lib/text.ts'
import type { RepositoryName } from '../../../share/remote/remote.ts'
import type { GitHub } from '../../github/client.ts'
import { confirmWritten } from '../../github/confirm.ts'
import { writeOnce } from '../../github/writeOnce.ts'
import { nameOf } from '../../request.ts'
import { readAll } from './pages.ts'
import type { PullRequest } from './records.ts'

const labelSchema = z.object({ name: z.string() })

/**
 * @param asked must exist @param usual are left out where they do not
 * @returns those that are there, as the repository writes them, and the usual ones that are not
 * @throws {Failure} when one that was asked for does not exist
 */
export async function readLabels(
  github: Pick<GitHub, 'rest'>,
  base: RepositoryName,
  asked: string[],
  usual: string[],
): Promise<{ there: string[]; missing: string[] }> {
  if (asked.length + usual.length === 0) return { there: [], missing: [] }
  const route = 'GET /repos/{owner}/{repo}/labels'
  const parameters = { owner: base.owner, repo: base.name }
  const known = await readAll(github, `list the labels of ${nameOf(base)}`, route, parameters, labelSchema)
  const names = known.map(({ name }) => name)
  const find = (label: string) => names.find(name => name.toLowerCase() === label.toLowerCase())
  const unknown = asked.find(label => find(label) === undefined)
  if (unknown !== undefined)
    throw new Failure(
      `${nameOf(base)} has no label ${sanitizeText(unknown, 80)}.`,
      suggest(unknown, names, `Make it there, or choose of: ${named(names, 20)}.`),
    )
  const there = [...new Set([...asked, ...usual].flatMap(label => find(label) ?? []))]
  return { there, missing: usual.filter(label => find(label) === undefined) }
}

/** Those of the wanted labels that a pull request lacks. */
export const missingLabels = ({ labels }: Pick<PullRequest, 'labels'>, wanted: string[]): string[] =>
  wanted.filter(label => !labels.some(({ name }) => name === label))

/** Adds labels to a pull request; those that it has stay. @throws {Failure} when GitHub does not take them */
export async function addLabels(
  github: GitHub,
  base: RepositoryName,
  { number, html_url }: Pick<PullRequest, 'number' | 'html_url'>,
  added: string[],
): Promise<void> {
  const path = '/repos/{owner}/{repo}/issues/{issue_number}/labels'
  const parameters = { owner: base.owner, repo: base.name, issue_number: number }
  const list = () => readAll(github, `list the labels of #${number}`, `GET ${path}`, parameters, labelSchema)
  const add = () =>
    github.rest(`label #${number}`, `POST ${path}`, { ...parameters, labels: added }, z.array(labelSchema))
  const hasAll = (now: { name: string }[]) => added.every(label => now.some(({ name }) => name === label))
  await writeOnce(github.clock, add, async () => {
    const there = await list()
    return hasAll(there) ? there : null
  })
  await confirmWritten(github, html_url, async () => hasAll(await list()))
}
