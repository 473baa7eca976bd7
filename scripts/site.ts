import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { build } from 'astro'
import { main } from './lib/errors.ts'
import { readFlags } from './lib/flags.ts'
import { notebook, sessionsRoot } from './lib/paths.ts'
import { writeSearchIndex } from './lib/search.ts'
import { openTerminal } from './lib/terminal.ts'
import { listSessions } from './record/files.ts'

const help = `
pnpm site [flags]    build the notebook as static pages that open from disk: home, nights, experiments
                     (the search alone needs a web server)

  --sessions DIR    folder that holds the sessions (sessions)
  --out DIR         where the pages go; what lies there is replaced (dist)
  --json            the result on standard output
  --help

Example: pnpm site --out ~/notebook
`

await main(async () => {
  const { values } = readFlags(help, {
    sessions: { type: 'string', default: sessionsRoot },
    out: { type: 'string', default: join(notebook, 'dist') },
    json: { type: 'boolean' },
  })
  const [sessions, out] = [resolve(values.sessions), resolve(values.out)]
  const start = performance.now()
  const terminal = openTerminal()
  const nights = (await listSessions(sessions)).length
  terminal.live(`building the pages of ${nights} nights`)
  await buildPages(sessions, out)
  const searched = await writeSearchIndex(out)
  const seconds = (performance.now() - start) / 1000
  const index = join(out, 'index.html')
  terminal.step('site', `${nights} ${nights === 1 ? 'night' : 'nights'}, ${relative(process.cwd(), index)}`, seconds)
  if (values.json) process.stdout.write(`${JSON.stringify({ nights, searched, out, index, seconds })}\n`)
})

/**
 * A cache and a working directory of its own for each build, since two may run at once: Astro puts the code of the pages
 * into the working directory's .astro, and it must lie in the notebook, to find its packages.
 */
async function buildPages(sessions: string, out: string): Promise<void> {
  process.env.NIGHTSHIFT_SESSIONS = sessions
  const [from, scratch] = [process.cwd(), join(notebook, '.astro')]
  await mkdir(scratch, { recursive: true })
  const cacheDir = await mkdtemp(join(scratch, 'build-'))
  process.chdir(cacheDir)
  try {
    await build({ root: notebook, outDir: out, cacheDir, logLevel: 'error' })
  } finally {
    process.chdir(from)
    await rm(cacheDir, { recursive: true, force: true })
  }
}
