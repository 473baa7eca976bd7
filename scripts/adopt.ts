import { join } from 'node:path'
import { command } from './lib/command.ts'
import { main } from './lib/errors.ts'
import { readFlags } from './lib/flags.ts'
import { helpText } from './lib/help/help.ts'
import { sessionsRoot } from './lib/paths.ts'
import { onInterrupt } from './lib/process/interrupt.ts'
import { openTerminal } from './lib/terminal/terminal.ts'
import { jsonLine } from './lib/text.ts'
import { adopt } from './publish/adopt/adopt.ts'
import { printAdopted } from './publish/adopt/print.ts'
import { flags, readAdoptRequest } from './publish/adopt/request.ts'
import { newestSession, readSession } from './record/files/paths.ts'
import { findSession } from './record/find.ts'
import { writeReport } from './report/write.ts'

const help = helpText(
  'adopt',
  '[session] [flags]',
  `
Makes a branch from the commit that the session started at, with one commit for each change of the confirmed final: by
your git identity and signing key, through your hooks, with your commit template. Checkout, index and HEAD stay as they
are. Then runs the branch and the session's start side by side on new seeds.

  session         its id, the beginning of it, or its tag (the newest that was run here)
  --likely        adopt the kept changes labelled confirmed or likely
  --all           adopt every kept change
  --only NUMBERS  adopt these kept experiments, e.g. 1,2,8
  --branch NAME   name of the branch (adopt/<tag>)
  --squash        make one commit of all changes
  --title TEXT    subject of that one commit
  --no-run        make the branch alone
  --seeds N       pairs of runs (the session's seeds); runs of an earlier call count
  --json          what is recorded in adopted.json, as one line on standard output
  --help

Adopting again moves the branch, if you have added nothing to it.

Examples: ${command('adopt')}
          ${command('adopt nov21 --only 3,7 --squash --title "Tune the schedule"')}
`,
)

await main(async () => {
  const { values, positionals } = readFlags(help, flags, 1)
  const request = readAdoptRequest(values)
  const terminal = openTerminal()
  const id =
    positionals[0] === undefined ? await newestSession(sessionsRoot) : await findSession(positionals[0], sessionsRoot)
  const adopted = await adopt(id, request, {
    root: sessionsRoot,
    env: process.env,
    terminal,
    echo: () => {},
    onBegun: () => {},
    onInterrupt: () => onInterrupt(terminal, 'the comparison'),
    writeReport,
  })
  const { experiments } = await readSession(join(sessionsRoot, id))
  if (values.json) process.stdout.write(jsonLine({ session: id, ...adopted.adoption }))
  printAdopted(terminal, id, adopted, experiments)
})
