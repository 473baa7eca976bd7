import { join, resolve } from 'node:path'
import { main } from './lib/errors.ts'
import { readFlags } from './lib/flags.ts'
import { onInterrupt } from './lib/interrupt.ts'
import { notebook } from './lib/paths.ts'
import { openTerminal } from './lib/terminal.ts'
import { flagOverrides } from './program/flags.ts'
import { runSession } from './ratchet/session.ts'
import { tell } from './report/tell.ts'

const help = `
pnpm session [flags]    run experiments on program.md until a stop rule holds, then confirm and report

  --program PATH      another program.md                        (program.md at the root)
  --tag NAME          branch autoresearch/NAME                  (the date, e.g. nov21)
  --experiments N     stop after N experiments
  --hours H           stop after H hours, confirm included
  --until HH:MM       stop at a clock time, confirm included
  --budget TIME       training time of a run: 30s, 5m
  --timeout TIME      a run is killed after this
  --seeds N           runs of the baseline, and pairs in confirm
  --agent NAME        who proposes: tuner, command
  --json              every event as a line of JSON on standard output
  --help

Flags override program.md. Ctrl-C ends the run under way and keeps what is finished.

Example: pnpm session --agent tuner --experiments 20 --budget 30s
`

await main(async () => {
  const { values } = readFlags(help, {
    program: { type: 'string' },
    tag: { type: 'string' },
    experiments: { type: 'string' },
    hours: { type: 'string' },
    until: { type: 'string' },
    budget: { type: 'string' },
    timeout: { type: 'string' },
    seeds: { type: 'string' },
    agent: { type: 'string' },
    json: { type: 'boolean' },
  })
  const terminal = openTerminal()
  const { id, folder, digest, stop } = await runSession(
    {
      program: values.program ? resolve(values.program) : join(notebook, 'program.md'),
      overrides: flagOverrides(values),
      tag: values.tag ?? null,
      terminal,
      echo: values.json ? event => process.stdout.write(`${JSON.stringify(event)}\n`) : () => {},
      signal: onInterrupt(terminal),
    },
    null,
  )
  tell(terminal, folder, digest)
  if (stop.kind === 'interrupted')
    terminal.step('stopped', `by hand; nothing finished is lost. Measure its best with \`pnpm confirm ${id}\``)
})
