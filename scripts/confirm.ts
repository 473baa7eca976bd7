import { basename } from 'node:path'
import { Failure, main } from './lib/errors.ts'
import { readFlags } from './lib/flags.ts'
import { sessionsRoot } from './lib/paths.ts'
import { onInterrupt } from './lib/process/interrupt.ts'
import { openTerminal } from './lib/terminal.ts'
import { jsonLine } from './lib/text.ts'
import { confirmSession } from './ratchet/confirm/confirmSession.ts'
import { newestSession } from './record/files.ts'
import { printSessionSummary } from './report/terminalSummary.ts'
import { writeReport } from './report/write.ts'

const help = `
pnpm confirm [session] [flags]    run baseline and tip again on unused seeds, on val and on the holdout

  session       folder name under sessions/ (the newest)
  --seeds N     pairs of runs (as many as the session's seeds); up to as many again while they leave it undecided
  --ablate      take out each kept change whose chance is under 0.9, one at a time, and run the tip without it
  --json        the digest on standard output
  --help

All runs so far count, and so does every look at them: the interval holds however often this is called.

Example: pnpm confirm 2026-11-21-h200-abcd-nov21 --seeds 5 --ablate
`

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
  const id = positionals[0] === undefined ? await newestSession(sessionsRoot) : basename(positionals[0])
  const digest = await confirmSession(
    id,
    { pairs, ablate: values.ablate ?? false },
    { terminal, echo: () => {}, interrupt: onInterrupt(terminal) },
    writeReport,
  )
  if (values.json) process.stdout.write(jsonLine(digest))
  printSessionSummary(terminal, `${sessionsRoot}/${id}`, digest)
})
