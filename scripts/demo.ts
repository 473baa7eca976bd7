import { join, relative } from 'node:path'
import { $ } from 'zx'
import { command } from './lib/command.ts'
import { Failure, main } from './lib/errors.ts'
import { readFlags } from './lib/flags.ts'
import { duration } from './lib/format.ts'
import { helpText } from './lib/help/help.ts'
import { notebook } from './lib/paths.ts'
import { onInterrupt } from './lib/process/interrupt.ts'
import { openTerminal } from './lib/terminal/terminal.ts'
import { ensureTrainer } from './lib/trainer.ts'
import { runSession } from './ratchet/session/session.ts'
import { reportAfterSession } from './report/afterSession.ts'
import { printSessionSummary } from './report/terminalSummary.ts'

const help = helpText(
  'demo',
  '[flags]',
  `
  --experiments N    how many changes are tried (8)
  --budget TIME      training time of a run (6s)
  --help

Example: ${command('demo --experiments 4')}
`,
)

/** Pairs of runs in confirm. */
const pairs = 2

await main(async () => {
  const { values } = readFlags(help, {
    experiments: { type: 'string', default: '8' },
    budget: { type: 'string', default: '6s' },
  })
  const start = performance.now()
  const terminal = openTerminal()
  const interrupt = onInterrupt(terminal)
  await ensureTrainer(terminal)
  const { id, folder, digest, stop } = await runSession(
    {
      program: join(notebook, 'program.md'),
      overrides: {
        agent: 'tuner',
        experiments: Number(values.experiments),
        budget: values.budget,
        until: null,
        // Limits the demo's time on a slow machine.
        hours: values.budget === '6s' ? 0.06 : null,
      },
      tag: null,
      terminal,
      echo: () => {},
      onBegun: () => {},
      interrupt,
    },
    pairs,
    reportAfterSession,
  )
  if (stop.kind === 'interrupted')
    throw new Failure('The demo was interrupted.', `To continue: \`${command(`session resume ${id}`)}\`.`)
  await $({ cwd: notebook, stdio: 'inherit' })`${process.execPath} scripts/site.ts`
  terminal.step('pages', `open ${relative(process.cwd(), join(notebook, 'dist/index.html'))} in a browser`)
  terminal.step('done', `in ${duration((performance.now() - start) / 1000)}`)
  // The agent of program.md may not be installed.
  if (digest) await printSessionSummary(terminal, folder, digest, command('session --agent tuner --until 07:00'))
})
