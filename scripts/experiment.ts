import { join } from 'node:path'
import { command } from './lib/command.ts'
import { main } from './lib/errors.ts'
import { exists } from './lib/files/read.ts'
import { readFlags } from './lib/flags.ts'
import { helpText } from './lib/help/help.ts'
import { sessionsRoot } from './lib/paths.ts'
import { onInterrupt } from './lib/process/interrupt.ts'
import { openTerminal } from './lib/terminal/terminal.ts'
import { jsonLine } from './lib/text.ts'
import { findCheckout } from './ratchet/manual/checkout.ts'
import { runManualExperiment } from './ratchet/manual/manual.ts'
import { manualOutcome, printOutcome } from './ratchet/manual/manualOutcome.ts'
import { reject } from './ratchet/manual/reject.ts'
import { experimentName, files, listSessions, newestSession } from './record/files/paths.ts'
import { findSession } from './record/find.ts'
import { writeReport } from './report/write.ts'

const help = helpText(
  'experiment',
  '[session] [flags]',
  `
  session            its id, the beginning of it, or its tag (the newest made on this machine)
  -m, --description  what was changed (default: derived from the edits)
  --note TEXT        the hypothesis, kept with the record
  --where            only print the path of the checkout; it is created if needed
  --reject NUMBER    ask the agents of this and later sessions to avoid that experiment's change; also while the
                     session runs. The verdict and the branch stay
  --why TEXT         the reason, with --reject
  --json             the verdict as one line on standard output
  --help

Guard, judge and records are those of a session. Begin with \`${command('session --experiments 0')}\`, which runs the
baseline, or stop a session with Ctrl-C. Afterwards the checkout is at the head; a ref and a patch keep your edit.

Example: ${command('experiment -m "warm-up twice as long" --note "early loss is noisy"')}
         ${command('experiment --reject 42 --why "it trains on a fixed seed"')}
`,
)

await main(async () => {
  const { values, positionals } = readFlags(
    help,
    {
      description: { type: 'string', short: 'm' },
      note: { type: 'string' },
      where: { type: 'boolean' },
      reject: { type: 'string' },
      why: { type: 'string' },
      json: { type: 'boolean' },
    },
    1,
  )
  const id = positionals[0] === undefined ? await newestHere() : await findSession(positionals[0], sessionsRoot)
  if (values.where) {
    const path = await findCheckout(id)
    process.stdout.write(`${values.json ? JSON.stringify({ session: id, checkout: path }) : path}\n`)
    return
  }
  const terminal = openTerminal()
  if (values.reject !== undefined || values.why !== undefined) {
    const rejected = await reject(id, values.reject, values.why)
    if (values.json) process.stdout.write(jsonLine(rejected))
    terminal.step('reject', `${experimentName(rejected.experiment)} ${rejected.description}: ${rejected.why}`)
    return
  }
  const interrupt = onInterrupt(terminal, 'the verdict')
  const given = { description: values.description ?? null, note: values.note ?? null }
  const hooks = { terminal, echo: () => {}, onBegun: () => {}, interrupt }
  const outcome = manualOutcome(await runManualExperiment(id, given, hooks, writeReport))
  if (values.json) process.stdout.write(jsonLine(outcome))
  printOutcome(terminal, outcome)
})

/** The newest session with a journal: collected sessions have none here and cannot be continued. */
async function newestHere(): Promise<string> {
  const ids = await listSessions(sessionsRoot)
  const hasJournal = await Promise.all(ids.map(id => exists(files.journal(join(sessionsRoot, id)))))
  return newestSession(
    sessionsRoot,
    ids.filter((_, i) => hasJournal[i]),
  )
}
