import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { type Address, addressOf } from './lib/address.ts'
import { main } from './lib/errors.ts'
import { readFlags } from './lib/flags.ts'
import { collectGarbage, growSlowly } from './lib/memory.ts'
import { notebook, sessionsRoot } from './lib/paths.ts'
import { checkPlace, place } from './lib/place.ts'
import { openSearch, type Search } from './lib/search.ts'
import { openTerminal } from './lib/terminal.ts'
import { listSessions } from './record/files.ts'
import { publicAddress } from './report/address.ts'
import { serveFlags, serveNotebook } from './serve/command.ts'

const help = `
pnpm site [flags]    build the notebook as static pages that open from disk: home, nights, experiments
                     (the search alone needs a web server)

  --sessions DIR    folder that holds the sessions (sessions)
  --out DIR         where the pages go; those of an earlier build there are replaced (dist)
  --base WHERE      where a host will show them: a path, /notebook/, or the whole address, https://example.org/notebook/,
                    which the feed then has in its links (NIGHTSHIFT_SITE, or /)
  --serve           show it in a browser on this machine instead, and a running night as it goes on; until Ctrl-C
  --port N          for --serve (4321, or any that is free)
  --host ADDRESS    for --serve: 0.0.0.0 shows it to the whole network (127.0.0.1)
  --json            the result on standard output
  --help

Example: pnpm site --out ~/notebook
`

await main(async () => {
  const { values } = readFlags(help, {
    sessions: { type: 'string', default: sessionsRoot },
    out: { type: 'string', default: join(notebook, 'dist') },
    base: { type: 'string' },
    serve: { type: 'boolean' },
    port: { type: 'string' },
    host: { type: 'string' },
    json: { type: 'boolean' },
  })
  const serving = serveFlags(values)
  if (serving) return serveNotebook({ ...serving, sessions: resolve(values.sessions), json: values.json ?? false })
  const [sessions, out, address] = [
    resolve(values.sessions),
    resolve(values.out),
    addressOf(values.base ?? publicAddress() ?? '/'),
  ]
  await checkPlace(out, sessions)
  const start = performance.now()
  const terminal = openTerminal()
  const nights = (await listSessions(sessions)).length
  terminal.live(`building the pages of ${nights} nights`)
  const search = await openSearch()
  const searched = await buildPages(sessions, out, address, search)
  const seconds = (performance.now() - start) / 1000
  const index = join(out, 'index.html')
  terminal.step('site', `${nights} ${nights === 1 ? 'night' : 'nights'}, ${relative(process.cwd(), index)}`, seconds)
  if ('missing' in search) terminal.step('search', `left out: ${search.missing}`)
  if (values.json) process.stdout.write(`${JSON.stringify({ nights, searched, out, index, seconds })}\n`)
})

/**
 * A cache and a working directory of its own for each build, since two may run at once: Astro puts the code of the pages
 * into the working directory's .astro, and it must lie in the notebook, to find its packages. The pages are made there
 * too, and moved when all is done: until then the earlier ones are whole.
 *
 * @returns how many pages the search knows; null without a search
 */
async function buildPages(sessions: string, out: string, address: Address, search: Search): Promise<number | null> {
  process.env.NIGHTSHIFT_SESSIONS = sessions
  // Astro's own `base` takes no path that needs an escape, and only 404.html has use for it.
  process.env.NIGHTSHIFT_BASE = address.base
  process.env.NIGHTSHIFT_SEARCHABLE = 'missing' in search ? '' : 'yes'
  const [from, scratch] = [process.cwd(), join(notebook, '.astro')]
  await mkdir(scratch, { recursive: true })
  const cacheDir = await mkdtemp(join(scratch, 'build-'))
  const outDir = join(cacheDir, 'out')
  process.chdir(cacheDir)
  growSlowly()
  // The server that asks for builds has no use for Astro itself.
  const { build } = await import('astro')
  try {
    await build({ root: notebook, outDir, cacheDir, ...(address.url ? { site: address.url } : {}), logLevel: 'error' })
    // pagefind now needs a gigabyte for 10,000 pages.
    collectGarbage()
    const searched = 'missing' in search ? null : await search.write(outDir)
    await place(outDir, out)
    return searched
  } finally {
    process.chdir(from)
    await rm(cacheDir, { recursive: true, force: true })
  }
}
