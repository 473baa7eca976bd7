import { relative } from 'node:path'
import { collect } from './collect/collect.ts'
import { flags, readRequest } from './collect/request.ts'
import type { Collected } from './collect/write.ts'
import { command } from './lib/command.ts'
import { Failure, main } from './lib/errors.ts'
import { readFlags } from './lib/flags.ts'
import { helpText } from './lib/help/help.ts'
import { sessionsRoot } from './lib/paths.ts'
import { openTerminal } from './lib/terminal/terminal.ts'
import { jsonLine, plural } from './lib/text.ts'

const help = helpText(
  'collect',
  'SOURCE… [flags]',
  `
  SOURCE                    path or URL of a git repository with a results table, a git bundle, a table file (TSV,
                            CSV, Markdown, JSON lines such as pi-autoresearch's autoresearch.jsonl), or a session
                            folder of another notebook
  --metric NAME             column of the metric; for a table without a header, a name for the metric
  --goal minimize|maximize  direction of the metric (default: what a line of the file says, e.g. "# direction: lower",
                            else the metric's name, else the kept rows)
  --column ROLE=NAME        column name or number; ROLE is commit, metric, memory, status, description or time
  --status WORD=STATUS      map a status word, e.g. tentative=discard; unmapped words never count as keep
  --segment N               segment of a JSON-lines session with several, from 0 (default: the one with the most runs)
  --branch NAME             branch to read (default: the one that contains most commits of its table)
  --table PATH              path of the table in the repository or folder (results.tsv)
  --tag TAG                 last part of the session id (default: the branch's name, else the source's)
  --machine GPU             machine in the session id
  --session-id ID           the whole session id
  --one-session             read the table as one session (default: a further row that calls itself a baseline begins
                            another, saved as <id>-2, <id>-3, …)
  --budget 5m               training time of a run (default: read from the code, if it is set there)
  --dry-run                 show how the source would be read; write nothing
  --json                    print one JSON line per source
  --help

Collecting the same source again adds only new rows. No code of a source is ever run.

Example: ${command('collect https://github.com/someone/autoresearch --machine H100')}
`,
)

await main(async () => {
  const { values, positionals } = readFlags(help, flags, 100)
  if (positionals.length === 0)
    throw new Failure('No source was given.', `Name one: \`${command('collect PATH-OR-URL')}\`; see --help.`)
  const request = readRequest(values, positionals.length)
  const terminal = openTerminal()
  for (const source of positionals) {
    for (const found of await collect(source, request, sessionsRoot, terminal)) printCollected(found)
  }

  function printCollected(found: Collected): void {
    const what = {
      new: 'written',
      same: 'unchanged',
      longer: 'new rows added',
      changed: 'rewritten',
      dry: 'not written (--dry-run)',
    }[found.state]
    const differing =
      found.changed.length > 0 ? `; ${plural(found.changed.length, 'row')} changed since the last import` : ''
    terminal.step(
      'collected',
      `${relative(process.cwd(), found.folder)}, ${plural(found.experiments, 'row')}: ${what}${differing}`,
    )
    if (values.json) process.stdout.write(jsonLine(found))
  }
})
