import { join, relative, resolve } from 'node:path'
import { command } from './lib/command.ts'
import { main } from './lib/errors.ts'
import { readFlags } from './lib/flags.ts'
import { helpText } from './lib/help/help.ts'
import { notebook, sessionsRoot } from './lib/paths.ts'
import { openTerminal } from './lib/terminal/terminal.ts'
import { jsonLine, plural } from './lib/text.ts'
import { addressOf } from './notebook/base.ts'
import { buildPages } from './notebook/build.ts'
import { checkDestination } from './notebook/deploy.ts'
import { openSearch } from './notebook/searchIndex.ts'
import { serveFlags, serveNotebook } from './notebook/serve/command.ts'
import { listSessions } from './record/files/paths.ts'
import { publicAddress } from './report/address.ts'

const help = helpText(
  'site',
  '[flags]',
  `
The pages open from disk; only their search needs a web server.

  --sessions DIR    folder of the sessions (sessions)
  --out DIR         output folder; replaces the pages of an earlier build (dist)
  --base WHERE      where the pages will be hosted: a path, /notebook/, or a URL, https://example.org/notebook/,
                    which the feed's links then use (NIGHTSHIFT_SITE, or /)
  --serve           serve the notebook locally instead, with live updates of running sessions, until Ctrl-C
  --port N          port for --serve (4321, or any free port)
  --host ADDRESS    address for --serve; 0.0.0.0 exposes it to the network (127.0.0.1)
  --json            print the result as JSON
  --help

Example: ${command('site --out ~/notebook')}
`,
)

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
  await checkDestination(out, sessions)
  const start = performance.now()
  const terminal = openTerminal()
  const found = (await listSessions(sessions)).length
  terminal.live(`building the pages of ${plural(found, 'session')}`)
  const search = await openSearch()
  const { sessions: count, searched } = await buildPages(
    { sessions, out, base: address.base, site: address.url, serve: null },
    search,
  )
  const seconds = (performance.now() - start) / 1000
  const index = join(out, 'index.html')
  const leftOut = found > count ? `, ${found - count} left out` : ''
  terminal.step('site', `${plural(count, 'session')}${leftOut}, ${relative(process.cwd(), index)}`, seconds)
  if (search.kind === 'missing') terminal.step('search', `not built: ${search.why}`)
  if (values.json)
    process.stdout.write(jsonLine({ sessions: count, leftOut: found - count, searched, out, index, seconds }))
})
