import { command } from './lib/command.ts'
import { main, warn } from './lib/errors.ts'
import { readFlags } from './lib/flags.ts'
import { helpText } from './lib/help/help.ts'
import { notebook, sessionsRoot, workRoot } from './lib/paths.ts'
import { whileInterruptible } from './lib/process/interrupt.ts'
import { openTerminal } from './lib/terminal/terminal.ts'
import { jsonLine } from './lib/text.ts'
import { readMachine } from './record/machine.ts'
import { askOnTerminal } from './share/ask.ts'
import { printSynced } from './share/sync/print.ts'
import { flags, readSyncRequest } from './share/sync/request.ts'
import { sync } from './share/sync/sync.ts'

const help = helpText(
  'sync',
  '[REMOTE] [flags]',
  `
Pushes this notebook's ended sessions to its own branch of a git remote, sessions/MACHINE, and brings the sessions of
the others' branches into this notebook. Your own git repository, with its remotes and branches, stays as it is.

  REMOTE          a git address, or the name of a remote of this repository; remembered for this notebook
  --push          only push
  --pull          only bring
  --since WHEN    only sessions that ended since: 2026-11-21, 7d or 12h
  --tag TAG       only sessions with this tag
  --machine NAME  bring only the sessions of the branch sessions/NAME; repeatable
  --with-logs     push the experiments' logs and transcripts too, without keys
  --public        allow a host that everyone can reach; needed once for each remote
  --name NAME     push to the branch sessions/NAME from now on (default: the machine's label)
  --withdraw ID   take an own session off the branch, and push it no more; repeatable. Earlier commits keep it
  --restore ID    push a withdrawn session again, or bring a deleted one again; repeatable
  --workflow YML  let each push start this workflow of the default branch on GitHub, e.g. sessions.yml; or none
  --accept NAME   accept that the branch sessions/NAME was rewritten; repeatable
  --verified      bring only what a signer of share.trust has signed
  --program PATH  the program.md whose share.trust counts    (program.md at the root)
  --timeout TIME  give up git when it says nothing for so long, e.g. 5m (60s)
  --dry-run       show what would be done; write nothing here or at the remote
  --json          what was done as one line of JSON
  --help

Nothing is pushed where a file holds a key.

Examples: ${command('sync git@github.com:my-lab/sessions.git')}
          ${command('sync')}
          ${command('sync --pull --since 7d')}
`,
)

await main(async () => {
  const { values, positionals } = readFlags(help, flags, 1)
  const request = readSyncRequest(values, positionals[0], new Date())
  const terminal = openTerminal()
  const ask = askOnTerminal()
  const synced = await whileInterruptible(stopped =>
    sync(request, {
      root: sessionsRoot,
      work: workRoot,
      notebook,
      env: process.env,
      label: async keep => (await readMachine(keep)).label,
      terminal,
      ask,
      stopped,
    }),
  )
  const { pulled, failures, ...rest } = synced
  if (values.json)
    process.stdout.write(
      jsonLine({
        ...rest,
        pulled: pulled && { sessions: pulled.sessions },
        failures: failures.map(({ message }) => message),
      }),
    )
  printSynced(terminal, synced)
  const last = failures.pop()
  for (const failure of failures) warn(failure)
  if (last) throw last
})
