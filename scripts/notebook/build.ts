/** Builds the notebook's pages and their search index. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import type { SiteConfig } from '../../site/config.ts'
import { Failure } from '../lib/errors.ts'
import { listIfThere } from '../lib/files/read.ts'
import { compiledRoot, notebook } from '../lib/paths.ts'
import { deployBuild } from './deploy.ts'
import type { Search } from './searchIndex.ts'

export interface Built {
  sessions: number
  searched: number | null
}

/**
 * Each build has its own cache and working directory, since two may run at once. Astro writes the pages' code to the
 * working directory's .astro, which must be inside the notebook to resolve packages. Pages are built there and moved at
 * the end, so the earlier ones stay complete until then.
 * @returns number of sessions that have a page, and of indexed pages; null without a search index
 * @throws {Failure} if Astro fails; its error is on standard error
 */
export async function buildPages(asked: Omit<SiteConfig, 'searchable'>, search: Search): Promise<Built> {
  const scratch = join(notebook, '.astro')
  await mkdir(scratch, { recursive: true })
  const cwd = await mkdtemp(join(scratch, 'build-'))
  try {
    const pages = join(cwd, 'out')
    await runAstro(cwd, { ...asked, out: pages, searchable: search.kind === 'ready' })
    const searched = search.kind === 'ready' ? await search.write(pages) : null
    const sessions = (await listIfThere(join(pages, 'sessions'))).filter(name => name.endsWith('.html')).length
    await deployBuild(pages, asked.out)
    return { sessions, searched }
  } finally {
    await rm(cwd, { recursive: true, force: true })
  }
}

async function runAstro(cwd: string, config: SiteConfig): Promise<void> {
  const program = join(import.meta.dirname, 'astro.ts')
  const { failed } = await execa(process.execPath, [program, JSON.stringify(config)], {
    cwd,
    // Astro, Vite and jsdom are a thousand files, whose code V8 keeps here compiled for the next build.
    env: { NODE_COMPILE_CACHE: compiledRoot },
    reject: false,
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'inherit',
  })
  if (failed) throw new Failure('The pages were not built: see above.', 'The earlier pages are unchanged.')
}
