import { join } from 'node:path'
import { command } from './lib/command.ts'
import { main } from './lib/errors.ts'
import { readFlags } from './lib/flags.ts'
import { helpText } from './lib/help/help.ts'
import { sessionsRoot } from './lib/paths.ts'
import { paintVerdict } from './lib/terminal/terminal.ts'
import { columnsOf } from './lib/terminal/wrap.ts'
import { newestSession } from './record/files/paths.ts'
import { findSession } from './record/find.ts'
import { readStatus } from './status/readStatus.ts'
import { statusText } from './status/screen.ts'
import type { Status } from './status/status.ts'
import { watch } from './status/watch.ts'

const help = helpText(
  'status',
  '[session] [flags]',
  `
  session    its id, the beginning of it, or its tag (the newest that was run here)
  --watch    again every two seconds, until it has ended or Ctrl-C
  --json     the same as JSON, one line each time
  --help

Example: ${command('status --watch')}
`,
)

await main(async () => {
  const { values, positionals } = readFlags(help, { watch: { type: 'boolean' }, json: { type: 'boolean' } }, 1)
  const id =
    positionals[0] === undefined ? await newestSession(sessionsRoot) : await findSession(positionals[0], sessionsRoot)
  const read = () => readStatus(join(sessionsRoot, id))
  const paint = (status: string, text: string) => paintVerdict(status, text, process.stdout)
  const show = (status: Status) =>
    values.json ? JSON.stringify(status) : statusText(status, { columns: columnsOf(process.stdout), paint })
  if (values.watch) await watch(read, show, process.stdout, !values.json)
  else process.stdout.write(`${show(await read())}\n`)
})
