import { basename, join } from 'node:path'
import { main } from './lib/errors.ts'
import { readFlags } from './lib/flags.ts'
import { sessionsRoot } from './lib/paths.ts'
import { newestSession } from './record/files.ts'
import { readStatus, statusText } from './record/status.ts'

const help = `
pnpm status [session] [flags]    the running or last session in one screen

  session    folder name under sessions/ (the newest)
  --json     the same as JSON
  --help

Example: pnpm status --json
`

await main(async () => {
  const { values, positionals } = readFlags(help, { json: { type: 'boolean' } }, 1)
  const id = positionals[0] === undefined ? await newestSession(sessionsRoot) : basename(positionals[0])
  const status = await readStatus(join(sessionsRoot, id))
  process.stdout.write(`${values.json ? JSON.stringify(status) : statusText(status)}\n`)
})
