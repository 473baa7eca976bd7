/** `pnpm post --to docs`: pages of Markdown in a folder of a team's docs. */
import { dirname, join, relative, resolve } from 'node:path'
import { command } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import { contains, slashes } from '../../lib/paths.ts'
import { publicText } from '../../lib/secrets/publish.ts'
import { plural } from '../../lib/text.ts'
import { readSessionRecord } from '../../record/files/paths.ts'
import { recordPost } from '../../record/files/posts.ts'
import { failOnKeys, keysInText } from '../../share/scan.ts'
import { cleanerOf } from '../content/draft.ts'
import { keyOf, weekOf } from '../content/key.ts'
import { severalDraft } from '../content/several/draft.ts'
import { notSent, type Outcome, type Plan, type PostContext } from '../destination.ts'
import { type Remembered, recall, remember } from '../remembered.ts'
import { type FrontMatter, frontMatters, type PostRequest } from '../request.ts'
import { type Target, targetOf } from '../target.ts'
import { filesOf } from './files.ts'
import { applyChanges, type Changes, plannedChanges } from './folder.ts'
import { type Manifest, readManifest } from './manifest.ts'
import { pageFile } from './names.ts'
import { type Page, sessionPage, severalPage } from './pages.ts'

/** @throws {Failure} where no folder is known, a session holds keys, or a page was edited; nothing is written then */
export async function postDocs(request: PostRequest, context: PostContext): Promise<Outcome> {
  const records = await Promise.all(request.sessions.map(id => readSessionRecord(join(context.root, id))))
  const target = await targetOf(records)
  const last = await recall(target.key, 'docs', context.work)
  const folder = destination(request.out ?? last?.folder ?? null, context.root)
  const before = await readManifest(folder)
  const form = formOf(request, last, before, folder)
  const pages = await pagesOf(request, context, form)
  const { wanted, dropped, manifest } = await filesOf(pages, form, folder, before)
  // Also in what was put together, e.g. of two files.
  failOnKeys([...wanted].flatMap(([path, text]) => keysInText(text, path)))
  const changes = await plannedChanges(folder, wanted, dropped, before)
  const done = doneSteps(folder, changes)
  if (done.length === 0) {
    await applyChanges(folder, wanted, changes, manifest, before)
    return { sent: false, done: [['unchanged', folder]], address: folder }
  }
  if (!(await context.approve(planOf(folder, wanted, changes)))) return notSent(folder)
  await applyChanges(folder, wanted, changes, manifest, before)
  await remember(rememberedFolder(target, folder, form), context.work)
  await record(request, pages, folder, context)
  return { sent: true, done, address: folder }
}

/** The folder as later posts of the target find it. */
export const rememberedFolder = ({ key }: Target, folder: string, frontMatter: FrontMatter): Remembered => ({
  target: key,
  to: 'docs',
  api: null,
  repository: null,
  category: null,
  remote: null,
  folder,
  frontMatter,
  public: false,
})

/** Records each session's page in the session, by its path from the folder around the sessions. */
async function record({ sessions }: PostRequest, pages: Page[], folder: string, { root, clock }: PostContext) {
  // The sessions may be published, with their records.
  const shown = (path: string) => publicText(slashes(relative(dirname(root), path)))
  const at = new Date(clock.now()).toISOString()
  for (const id of sessions) {
    const key = keyOf('session', [id], new Date(clock.now()))
    const page = pages.find(page => page.key === key)
    if (!page) continue
    const address = shown(join(folder, pageFile(page.name)))
    await recordPost(join(root, id), { to: 'docs', address, repository: shown(folder), id: null, key, at })
  }
}

/** @throws {Failure} where no folder is known, or the sessions are in it */
export function destination(out: string | null, root: string): string {
  if (out === null)
    throw new Failure(
      'No folder was given, and none is remembered for this target.',
      `Add --out, e.g. \`${command('post --to docs --out ../team-docs/docs/sessions --front-matter mkdocs')}\`. It is remembered.`,
    )
  const folder = resolve(out)
  if (contains(root, folder))
    throw new Failure(`${folder} is in the folder of the sessions.`, 'Choose a folder of your docs with --out.')
  return folder
}

/** @throws {Failure} for another form than the folder's pages have, since earlier pages are not written again */
export function formOf(
  { frontMatter }: Pick<PostRequest, 'frontMatter'>,
  last: Remembered | null,
  before: Manifest | null,
  folder: string,
): FrontMatter {
  const remembered = last?.folder === folder ? frontMatters.find(form => form === last.frontMatter) : undefined
  if (before === null) return frontMatter ?? remembered ?? 'none'
  if (frontMatter !== null && frontMatter !== before.frontMatter)
    throw new Failure(
      `The pages in ${folder} were written with --front-matter ${before.frontMatter}.`,
      'Leave --front-matter out, or post to another folder with --out.',
    )
  return before.frontMatter
}

/** A page for each session, and one on all where there are several. */
async function pagesOf(request: PostRequest, { root, draw, clock }: PostContext, form: FrontMatter): Promise<Page[]> {
  const { sessions, about, keepPaths, withLogs } = request
  const clean = cleanerOf(keepPaths)
  const folders = sessions.map(id => join(root, id))
  const pages: Page[] = []
  for (const folder of folders) pages.push(await sessionPage(folder, { clean, withLogs, draw }))
  if (about === 'session') return pages
  const now = new Date(clock.now())
  // The logs are on the sessions' pages.
  const draft = await severalDraft(folders, about === 'week' ? weekOf(now) : null, clean, false)
  return [severalPage(keyOf(about, sessions, now), draft, pages, form), ...pages]
}

function planOf(folder: string, wanted: ReadonlyMap<string, string>, changes: Changes): Plan {
  const { created, updated, removed, unchanged } = changes
  const texts = [...created, ...updated]
    .filter(path => path.endsWith('.md'))
    .map(path => ({ name: join(folder, path), text: wanted.get(path) ?? '' }))
  return {
    steps: [
      ...sentence('Writes', created, folder),
      ...sentence('Updates', updated, folder),
      ...sentence('Removes', removed, folder),
      ...(unchanged.length > 0 ? [`Leaves ${plural(unchanged.length, 'file')} of earlier posts as they are.`] : []),
    ],
    texts,
  }
}

const sentence = (verb: string, paths: string[], folder: string): string[] =>
  paths.length === 0 ? [] : [`${verb} in ${folder}: ${paths.join(', ')}.`]

function doneSteps(folder: string, { created, updated, removed }: Changes): Outcome['done'] {
  const done = (verb: string, paths: string[]) => paths.map((path): [string, string] => [verb, join(folder, path)])
  return [...done('written', created), ...done('updated', updated), ...done('removed', removed)]
}
