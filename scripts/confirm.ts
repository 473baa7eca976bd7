import { command } from './lib/command.ts'
import { Failure, main } from './lib/errors.ts'
import { readFlags } from './lib/flags.ts'
import { helpText } from './lib/help/help.ts'
import { sessionsRoot } from './lib/paths.ts'
import { onInterrupt } from './lib/process/interrupt.ts'
import { openTerminal } from './lib/terminal/terminal.ts'
import { jsonLine } from './lib/text.ts'
import { confirmSession } from './ratchet/confirm/confirmSession.ts'
import { newestSession } from './record/files/paths.ts'
import { findSession } from './record/find.ts'
import { printSessionSummary } from './report/terminalSummary.ts'
import { writeReport } from './report/write.ts'

const help = helpText(
  'confirm',
  '[session] [flags]',
  `
  session       its id, the beginning of it, or its tag (the newest that was run here)
  --seeds N     pairs of runs, baseline and head, on val and holdout (the session's seeds); up to as many again
                while the result is inconclusive
  --ablate      ablate each kept change with P(real) under 0.9: take it out alone and run the head without it
  --json        the digest on standard output
  --help

All confirm runs so far count, and the interval allows for every earlier result: it stays valid however often you
run this.

Example: ${command('confirm 2026-11-21-h200-abcd-nov21 --seeds 5 --ablate')}
`,
)

await main(async () => {
  const { values, positionals } = readFlags(
    help,
    { seeds: { type: 'string' }, ablate: { type: 'boolean' }, json: { type: 'boolean' } },
    1,
  )
  const pairs = values.seeds === undefined ? null : Number(values.seeds)
  if (pairs !== null && !(Number.isInteger(pairs) && pairs >= 1 && pairs <= 100))
    throw new Failure(`--seeds ${values.seeds} is not a number of pairs.`, 'Give a whole number from 1 to 100.')
  const terminal = openTerminal()
  const id =
    positionals[0] === undefined ? await newestSession(sessionsRoot) : await findSession(positionals[0], sessionsRoot)
  const digest = await confirmSession(
    id,
    { pairs, ablate: values.ablate ?? false },
    { terminal, echo: () => {}, onBegun: () => {}, interrupt: onInterrupt(terminal) },
    writeReport,
  )
  if (values.json) process.stdout.write(jsonLine(digest))
  await printSessionSummary(terminal, `${sessionsRoot}/${id}`, digest)
})
