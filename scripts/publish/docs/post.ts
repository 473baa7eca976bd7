/** `pnpm post --to docs`: pages of Markdown in a folder of a team's docs. */
import { join, resolve } from 'node:path'
import { command } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import { contains } from '../../lib/paths.ts'
import { plural } from '../../lib/text.ts'
import { buildPost } from '../content/buildPost.ts'
import { notSent, type Outcome, type Plan, type PostContext } from '../destination.ts'
import type { FrontMatter, PostRequest } from '../request.ts'
import { filesOf } from './files.ts'
import { applyChanges, type Changes, plannedChanges } from './folder.ts'
import { type Manifest, readManifest } from './manifest.ts'
import { type Page, sessionPage, severalPage } from './pages.ts'

export async function postDocs(request: PostRequest, context: PostContext): Promise<Outcome> {
  const folder = destination(request, context)
  const before = await readManifest(folder)
  const form = formOf(request, before, folder)
  const pages = await pagesOf(request, context)
  const { wanted, dropped, manifest } = await filesOf(pages, form, folder, before)
  const changes = await plannedChanges(folder, wanted, dropped, before)
  if (!(await context.approve(planOf(folder, wanted, changes)))) return notSent(folder)
  await applyChanges(folder, wanted, changes, manifest, before)
  return { sent: true, done: doneSteps(folder, changes), address: folder }
}

/** @throws {Failure} where no folder is given, or one that holds the sessions */
function destination({ out }: PostRequest, { root }: PostContext): string {
  if (out === null)
    throw new Failure(
      'No folder was given.',
      `Add --out, e.g. \`${command('post --to docs --out ../team-docs/docs/nights')}\`.`,
    )
  const folder = resolve(out)
  if (contains(root, folder))
    throw new Failure(`${folder} is in the folder of the sessions.`, 'Choose a folder of your docs with --out.')
  return folder
}

/** @throws {Failure} for another form than the folder's pages have, since earlier pages are not written again */
function formOf({ frontMatter }: PostRequest, before: Manifest | null, folder: string): FrontMatter {
  if (before === null) return frontMatter ?? 'none'
  if (frontMatter !== null && frontMatter !== before.frontMatter)
    throw new Failure(
      `The pages in ${folder} were written with --front-matter ${before.frontMatter}.`,
      'Leave --front-matter out, or post to another folder with --out.',
    )
  return before.frontMatter
}

/** A page for each session, and one on all where there are several. */
async function pagesOf(request: PostRequest, { root, draw }: PostContext): Promise<Page[]> {
  const { sessions, about, keepPaths, withLogs } = request
  const pages: Page[] = []
  for (const id of sessions) pages.push(await sessionPage(join(root, id), draw))
  // It also refuses sessions that hold keys.
  const post = await buildPost(sessions, about, { keepPaths, withLogs })
  return about === 'session' ? pages : [severalPage(post, pages), ...pages]
}

function planOf(folder: string, wanted: ReadonlyMap<string, string>, changes: Changes): Plan {
  const { created, updated, removed, unchanged } = changes
  const written = [...created, ...updated]
  const steps = [
    ...sentence('Writes', created, folder),
    ...sentence('Updates', updated, folder),
    ...sentence('Removes', removed, folder),
    ...(unchanged.length > 0 ? [`Leaves ${plural(unchanged.length, 'file')} of earlier posts as they are.`] : []),
  ]
  const texts = written
    .filter(path => path.endsWith('.md'))
    .map(path => ({ name: join(folder, path), text: wanted.get(path) ?? '' }))
  return { steps: written.length + removed.length > 0 ? steps : [`Changes nothing in ${folder}.`], texts }
}

const sentence = (verb: string, paths: string[], folder: string): string[] =>
  paths.length === 0 ? [] : [`${verb} in ${folder}: ${paths.join(', ')}.`]

function doneSteps(folder: string, { created, updated, removed, unchanged }: Changes): Outcome['done'] {
  const done = (verb: string, paths: string[]) => paths.map((path): [string, string] => [verb, join(folder, path)])
  const all = [...done('written', created), ...done('updated', updated), ...done('removed', removed)]
  return all.length > 0 ? all : [['unchanged', `${folder} (${plural(unchanged.length, 'file')})`]]
}
