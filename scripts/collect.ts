import { relative } from 'node:path'
import { collect } from './collect/collect.ts'
import { flags, readRequest } from './collect/request.ts'
import { command } from './lib/command.ts'
import { Failure, main } from './lib/errors.ts'
import { readFlags } from './lib/flags.ts'
import { helpText } from './lib/help/help.ts'
import { sessionsRoot } from './lib/paths.ts'
import { openTerminal } from './lib/terminal.ts'
import { jsonLine } from './lib/text.ts'

const help = helpText(
  'collect',
  'SOURCE… [flags]',
  `
  SOURCE                    path or address of a git repository with a results table, a git bundle, a table (TSV, CSV or
                            Markdown), or a session folder of another notebook
  --metric NAME             the metric's column; without a header, its name
  --goal minimize|maximize  which way is better (by the metric's name, else by the kept rows)
  --column ROLE=NAME        what a column is: commit, metric, memory, status, description or time; NAME may be a number
  --status WORD=STATUS      what a status word means, e.g. tentative=discard; an unknown word is never a keep
  --branch NAME             branch of the repository (the one with most commits of its table)
  --table PATH              the table in the repository or folder (results.tsv)
  --tag TAG                 last part of the session's id (the branch's, else the source's name)
  --machine GPU             the machine in the session's id
  --session-id ID           the whole id
  --budget 5m               training time of a run (by the code, where it says so)
  --dry-run                 show what would be read, and write nothing
  --json                    a line of JSON for each source on standard output
  --help

Collecting again changes nothing, or adds the rows that are new. Nothing of a source is ever run.

Example: ${command('collect https://github.com/someone/autoresearch --machine H100')}
`,
)

await main(async () => {
  const { values, positionals } = readFlags(help, flags, 100)
  if (positionals.length === 0)
    throw new Failure('No source is given.', `Name one: \`${command('collect PATH-OR-ADDRESS')}\`; see --help.`)
  const request = readRequest(values, positionals.length)
  const terminal = openTerminal()
  for (const source of positionals) {
    const found = await collect(source, request, sessionsRoot, terminal)
    const what = {
      new: 'written',
      same: 'as it was',
      longer: 'got new rows',
      changed: 'written anew',
      dry: 'not written',
    }[found.state]
    const differing = found.changed.length > 0 ? `; ${found.changed.length} rows read otherwise than before` : ''
    terminal.step(
      'collected',
      `${relative(process.cwd(), found.folder)}, ${found.experiments} experiments: ${what}${differing}`,
    )
    if (values.json) process.stdout.write(jsonLine(found))
  }
})
