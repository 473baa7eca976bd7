/** The notebook's pages and their search index, as files. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import type { SiteConfig } from '../../site/config.ts'
import { Failure } from '../lib/errors.ts'
import { notebook } from '../lib/paths.ts'
import { deployBuild } from './deploy.ts'
import type { Search } from './searchIndex.ts'

/**
 * A cache and a working directory of its own for each build, since two may run at once: Astro puts the code of the pages
 * into the working directory's .astro, and it must lie in the notebook, to find its packages. The pages are made there
 * too, and moved when all is done: until then the earlier ones are whole.
 *
 * @returns how many pages the search knows; null without a search
 * @throws {Failure} when Astro fails; why is on standard error before it
 */
export async function buildPages(asked: Omit<SiteConfig, 'searchable'>, search: Search): Promise<number | null> {
  const scratch = join(notebook, '.astro')
  await mkdir(scratch, { recursive: true })
  const cwd = await mkdtemp(join(scratch, 'build-'))
  try {
    const pages = join(cwd, 'out')
    await runAstro(cwd, { ...asked, out: pages, searchable: search.kind === 'ready' })
    const searched = search.kind === 'ready' ? await search.write(pages) : null
    await deployBuild(pages, asked.out)
    return searched
  } finally {
    await rm(cwd, { recursive: true, force: true })
  }
}

async function runAstro(cwd: string, config: SiteConfig): Promise<void> {
  const program = join(import.meta.dirname, 'astro.ts')
  const { failed } = await execa(process.execPath, [program, JSON.stringify(config)], {
    cwd,
    reject: false,
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'inherit',
  })
  if (failed) throw new Failure('The pages were not built: see above.', 'The earlier ones are as they were.')
}
