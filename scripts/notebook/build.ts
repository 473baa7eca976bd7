/** The notebook's pages and their search index, as files. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { Failure } from '../lib/errors.ts'
import { notebook } from '../lib/paths.ts'
import type { Address } from './base.ts'
import { place } from './deploy.ts'
import type { Search } from './searchIndex.ts'

/**
 * A cache and a working directory of its own for each build, since two may run at once: Astro puts the code of the pages
 * into the working directory's .astro, and it must lie in the notebook, to find its packages. The pages are made there
 * too, and moved when all is done: until then the earlier ones are whole.
 *
 * @returns how many pages the search knows; null without a search
 * @throws {Failure} when Astro fails; why is on standard error before it
 */
export async function buildPages(
  sessions: string,
  out: string,
  address: Address,
  search: Search,
): Promise<number | null> {
  const scratch = join(notebook, '.astro')
  await mkdir(scratch, { recursive: true })
  const cwd = await mkdtemp(join(scratch, 'build-'))
  try {
    const pages = join(cwd, 'out')
    await runAstro(cwd, [pages, ...(address.url ? [address.url] : [])], {
      NIGHTSHIFT_SESSIONS: sessions,
      // Astro's own `base` takes no path that needs an escape, and only 404.html has use for it.
      NIGHTSHIFT_BASE: address.base,
      NIGHTSHIFT_SEARCHABLE: 'missing' in search ? '' : 'yes',
    })
    const searched = 'missing' in search ? null : await search.write(pages)
    await place(pages, out)
    return searched
  } finally {
    await rm(cwd, { recursive: true, force: true })
  }
}

async function runAstro(cwd: string, args: string[], env: Record<string, string>): Promise<void> {
  const program = join(import.meta.dirname, 'astro.ts')
  const { failed } = await execa(process.execPath, [program, ...args], {
    cwd,
    env,
    reject: false,
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'inherit',
  })
  if (failed) throw new Failure('The pages were not built: see above.', 'The earlier ones are as they were.')
}
