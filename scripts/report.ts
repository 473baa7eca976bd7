import { basename, join } from 'node:path'
import { main } from './lib/errors.ts'
import { readFlags } from './lib/flags.ts'
import { sessionsRoot } from './lib/paths.ts'
import { openTerminal } from './lib/terminal.ts'
import { newestSession } from './record/files.ts'
import { tell } from './report/tell.ts'
import { writeReport } from './report/write.ts'

const help = `
pnpm report [session] [flags]    write a session's digest.json and report.md from its records

  session    folder name under sessions/ (the newest)
  --json     the digest on standard output
  --help

Example: pnpm report 2026-11-21-h200-abcd-nov21
`

await main(async () => {
  const { values, positionals } = readFlags(help, { json: { type: 'boolean' } }, 1)
  const id = positionals[0] === undefined ? await newestSession(sessionsRoot) : basename(positionals[0])
  const folder = join(sessionsRoot, id)
  const digest = await writeReport(folder)
  if (values.json) process.stdout.write(`${JSON.stringify(digest)}\n`)
  tell(openTerminal(), folder, digest)
})
