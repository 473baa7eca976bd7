import { join, resolve } from 'node:path'
import { command, shellWord } from './lib/command.ts'
import { Failure, main } from './lib/errors.ts'
import { readFlags } from './lib/flags.ts'
import { helpText } from './lib/help/help.ts'
import { notebook, sessionsRoot } from './lib/paths.ts'
import { onInterrupt } from './lib/process/interrupt.ts'
import { openTerminal } from './lib/terminal/terminal.ts'
import { jsonLine } from './lib/text.ts'
import { drawWithLabels } from './notebook/pictures.ts'
import { flagOverrides } from './program/flags.ts'
import { openAtEnd } from './publish/atEnd.ts'
import { notifyBegun } from './ratchet/control/detach.ts'
import { tellDryReplication } from './ratchet/replicate/dryRun.ts'
import { prepareReplication } from './ratchet/replicate/open.ts'
import { runReplication } from './ratchet/replicate/run.ts'
import { readWanted } from './ratchet/replicate/setKnobs.ts'
import { listSessions } from './record/files/paths.ts'
import { existingSessions, findSession } from './record/find.ts'
import type { JournalEvent } from './record/journal.ts'
import { isOver } from './record/unfinished.ts'
import { reportAfterSession } from './report/afterSession.ts'
import { printSessionSummary } from './report/terminalSummary.ts'

const help = helpText(
  'replicate',
  'SESSION [flags]',
  `
Applies the changes of a session's final to HEAD, runs them and the baseline on the same new seeds, and records a session
of its own that says which of them are confirmed here. The session may be of this notebook, brought by sync, or collected
with its patches.

  SESSION           its id, the beginning of it, its tag, or its folder
  --each            run each change by itself too
  --program PATH    program.md of the same target here              (program.md at the root)
  --set NAME=VALUE  another value of a knob in the baseline and so in all that is run, e.g. DEPTH=24; repeatable
  --data NAME       which data runs measure: climbmix:20, folder:PATH  (the program's, else those of the session)
  --budget TIME     training time of a run: 30s, 5m
  --timeout TIME    a run is killed after this
  --seeds N         pairs of runs, at least 2, and as many again of all changes together while they are inconclusive
                    (the program's seeds)
  --tag NAME        branch autoresearch/NAME                        (replicate-<tag of the session>)
  --dry-run         print what applies and would be run; run nothing
  --json            every event as a line of JSON on standard output; with --dry-run one line
  --help

Runs the code of another session on this machine: its patches may change the files of program.md's edit, nothing else.
Ctrl-C finishes the current run, twice ends it; \`${command('session resume ID')}\` goes on.

Examples: ${command('replicate 2026-11-20-h100-kqzt-nov20')}
          ${command('replicate nov20 --each --budget 1m --set DEPTH=8')}
`,
)

const options = {
  each: { type: 'boolean' },
  program: { type: 'string' },
  set: { type: 'string', multiple: true },
  data: { type: 'string' },
  budget: { type: 'string' },
  timeout: { type: 'string' },
  seeds: { type: 'string' },
  tag: { type: 'string' },
  'dry-run': { type: 'boolean' },
  json: { type: 'boolean' },
} as const

await main(async () => {
  const { values, positionals } = readFlags(help, options, 1)
  const [name] = positionals
  if (name === undefined)
    throw new Failure(
      'replicate needs a session.',
      await existingSessions(await listSessions(sessionsRoot), sessionsRoot),
    )
  const id = await findSession(name, sessionsRoot)
  const terminal = openTerminal()
  const program = values.program ? resolve(values.program) : join(notebook, 'program.md')
  const request = {
    session: id,
    program,
    overrides: flagOverrides({
      data: values.data,
      budget: values.budget,
      timeout: values.timeout,
      seeds: values.seeds,
    }),
    each: values.each ?? false,
    set: readWanted(values.set ?? []),
    tag: values.tag ?? null,
  }
  if (values['dry-run'])
    return await tellDryReplication(terminal, await prepareReplication(request, false), values.json ?? false)
  const atEnd = await openAtEnd(program, { publish: undefined }, terminal, drawWithLabels)
  const hooks = {
    terminal,
    echo: (event: JournalEvent) => {
      if (values.json) process.stdout.write(jsonLine(event))
      atEnd.onEvent(event)
    },
    onBegun: (begun: string) => {
      atEnd.begin(begun)
      notifyBegun(begun)
    },
    interrupt: onInterrupt(terminal, 'the report'),
  }
  const prepared = await prepareReplication(request)
  const {
    id: own,
    folder,
    digest,
    stop,
    isLeft,
  } = await runReplication(prepared, hooks, reportAfterSession).catch(async (error: unknown) => {
    await atEnd.fail(error)
    throw error
  })
  try {
    if (digest) await printSessionSummary(terminal, folder, digest)
    // With a report, its summary says how to go on.
    else if (!isOver(stop.kind)) terminal.step('next', command(`session resume ${shellWord(own)}`))
  } finally {
    hooks.interrupt.say({
      first: 'the session has ended; posting and notifying go on',
      second: 'ending at once; what is not posted or told yet stays so',
    })
    if (!isLeft) await atEnd.end(folder, digest, hooks.interrupt.now)
  }
})
