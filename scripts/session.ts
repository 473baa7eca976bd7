import { join, resolve } from 'node:path'
import { command } from './lib/command.ts'
import { main } from './lib/errors.ts'
import { readFlags } from './lib/flags.ts'
import { helpText } from './lib/help/help.ts'
import { notebook } from './lib/paths.ts'
import { onInterrupt } from './lib/process/interrupt.ts'
import { openTerminal } from './lib/terminal/terminal.ts'
import { jsonLine } from './lib/text.ts'
import { drawWithLabels } from './notebook/pictures.ts'
import { flagOverrides } from './program/flags.ts'
import { openAtEnd } from './publish/atEnd.ts'
import { testNotify } from './publish/notify/sendTest.ts'
import { cancelSession } from './ratchet/control/cancel.ts'
import { detach, notifyBegun } from './ratchet/control/detach.ts'
import { readVerb } from './ratchet/control/readVerb.ts'
import { chooseResumable } from './ratchet/control/running.ts'
import { leaveRunning, pauseRunning, resumeRunning, stopRunning } from './ratchet/control/verbs.ts'
import { dryResume, dryStart, tellDryRun } from './ratchet/session/dryRun.ts'
import { programOf, readNewLimits } from './ratchet/session/resume.ts'
import { resumeSession, runSession } from './ratchet/session/session.ts'
import type { JournalEvent } from './record/journal.ts'
import { isOver } from './record/unfinished.ts'
import { reportAfterSession } from './report/afterSession.ts'
import { printSessionSummary } from './report/terminalSummary.ts'

const help = helpText(
  'session',
  '[stop | pause | resume | cancel] [ID] [flags]',
  `
Without a verb it starts a session. The verbs work from any terminal:

  stop [ID]           finish the run in progress, confirm and report; a second stop, or --now, ends the run as well
  pause [ID]          finish the runs in progress and start no new one until resume or stop
  resume [ID]         continue a paused or unfinished session (the newest); takes --until, --hours or --experiments
  cancel [ID]         give up an unfinished session (the newest) whose process is gone: end its jobs, and report
  --now               with stop: end the run in progress as well
  --leave             with stop: end within seconds and let runs on an engine go on; resume finds them
  --detach            start or resume in the background; the output goes to a log file

  --program PATH      another program.md                        (program.md at the root)
  --from SESSION      start with the final of another session: one of this notebook, brought by sync, or collected
  --tag NAME          branch autoresearch/NAME                  (the date, e.g. nov21)
  --experiments N     stop after N experiments
  --hours H           stop after H hours, confirm included
  --until HH:MM       stop at a clock time, confirm included
  --data NAME         which data runs measure: climbmix:20, folder:PATH; recorded, so that a resume measures the same
  --budget TIME       training time of a run: 30s, 5m
  --timeout TIME      a run is killed after this
  --slots N           places to train, or auto: one per GPU
  --proposers N       turns of the agent at the same time, or auto: as many as the slots need
  --engine NAME       where runs execute: local, slurm, ssh, ray, command; its keys are in program.md (local)
  --seeds N           runs of the baseline, and pairs in confirm
  --agent NAME        who proposes: claude, codex, gemini, opencode, command, tuner
  --model NAME        the agent's model, as its client names it
  --effort LEVEL      its reasoning effort, as its client names it, e.g. low, high
  --agent-timeout T   how long one proposal may take                     (10m)
  --agent-arg=ARG     a further argument for its client; repeatable
  --fallback NAMES    who proposes while the agent is down, e.g. codex,tuner, or none
  --sandbox auto|off  whether runs execute in a sandbox, where the machine can give one
  --network NETWORK   what a run in a sandbox reaches: local (this machine), true (everything), false (nothing)
  --publish NAMES     post the report at the end to docs, discussion or both, or none
  --resume [ID]       the same as the verb resume
  --cancel [ID]       the same as the verb cancel
  --dry-run           print the next prompt, its size by section and what the checks find; run nothing
  --notify-test       send a test message to whom program.md's notify names, and say what answered; run nothing
  --json              every event as a line of JSON on standard output; with --detach one line of JSON on the process
  --help

Flags override program.md. Without an ID, stop and pause take the session that runs. Ctrl-C and SIGTERM do what stop
does, twice what a second stop does; in a job of Slurm SIGTERM does what stop --leave does. Closing the terminal does not end a session. After a stop, a crash or a power
cut, resume continues where the session was.

Examples: ${command('session --agent tuner --experiments 20 --budget 30s')}
          ${command('session --until 07:00 --detach')}
          ${command('session --from nov21 --hours 8')}
          ${command('session pause')}
          ${command('session resume nov21 --hours 2')}
          ${command('session stop')}
`,
)

const options = {
  program: { type: 'string' },
  from: { type: 'string' },
  tag: { type: 'string' },
  experiments: { type: 'string' },
  hours: { type: 'string' },
  until: { type: 'string' },
  data: { type: 'string' },
  budget: { type: 'string' },
  timeout: { type: 'string' },
  seeds: { type: 'string' },
  slots: { type: 'string' },
  proposers: { type: 'string' },
  engine: { type: 'string' },
  agent: { type: 'string' },
  model: { type: 'string' },
  effort: { type: 'string' },
  'agent-timeout': { type: 'string' },
  'agent-arg': { type: 'string', multiple: true },
  fallback: { type: 'string' },
  sandbox: { type: 'string' },
  network: { type: 'string' },
  publish: { type: 'string' },
  resume: { type: 'boolean' },
  cancel: { type: 'boolean' },
  detach: { type: 'boolean' },
  now: { type: 'boolean' },
  leave: { type: 'boolean' },
  'dry-run': { type: 'boolean' },
  'notify-test': { type: 'boolean' },
  json: { type: 'boolean' },
} as const

await main(async () => {
  const { values, positionals } = readFlags(help, options, 2)
  const { verb, id: named } = readVerb(positionals, values)
  const terminal = openTerminal()
  if (verb === 'stop' && values.leave) return leaveRunning(terminal, named)
  if (verb === 'stop') return stopRunning(terminal, named, values.now ?? false)
  if (verb === 'pause') return pauseRunning(terminal, named)
  if (verb === 'cancel')
    return cancelSession({ terminal, interrupt: onInterrupt(terminal), writeReport: reportAfterSession }, named)
  const overrides = flagOverrides(values)
  const resumed = verb === 'resume' ? { id: await chooseResumable(named), limits: readNewLimits(overrides) } : null
  const start = {
    program: values.program ? resolve(values.program) : join(notebook, 'program.md'),
    overrides,
    tag: values.tag ?? null,
    from: values.from ?? null,
  }
  const flags = { publish: values.publish }
  const openEnd = async () =>
    openAtEnd(resumed ? await programOf(resumed.id) : start.program, flags, terminal, drawWithLabels)
  if (values['notify-test']) return testNotify(resumed ? await programOf(resumed.id) : start.program, terminal)
  if (values['dry-run']) {
    const { plans } = await openEnd()
    const dry = resumed ? await dryResume(resumed.id, resumed.limits) : await dryStart(start)
    return tellDryRun(terminal, dry, plans, values.json ?? false)
  }
  if (resumed && (await resumeRunning(terminal, resumed.id, resumed.limits))) return
  if (values.detach)
    return detach(terminal, process.argv.slice(2), resumed && { id: resumed.id, isNamed: named !== null })
  const atEnd = await openEnd()
  const hooks = {
    terminal,
    echo: (event: JournalEvent) => {
      if (values.json) process.stdout.write(jsonLine(event))
      atEnd.onEvent(event)
    },
    onBegun: (id: string) => {
      atEnd.begin(id)
      notifyBegun(id)
    },
    interrupt: onInterrupt(terminal),
  }
  const { id, folder, digest, stop, isLeft } = await (resumed
    ? resumeSession(resumed.id, resumed.limits, hooks, reportAfterSession)
    : runSession({ ...start, ...hooks }, null, reportAfterSession)
  ).catch(async (error: unknown) => {
    await atEnd.fail(error)
    throw error
  })
  try {
    if (digest) await printSessionSummary(terminal, folder, digest)
    // With a report, its summary says how to continue.
    else if (!isOver(stop.kind)) terminal.step('next', command(`session resume ${id}`))
  } finally {
    hooks.interrupt.say({
      first: 'the session has ended; posting and notifying go on',
      second: 'ending at once; what is not posted or told yet stays so',
    })
    if (!isLeft) await atEnd.end(folder, digest, hooks.interrupt.now)
  }
  if (['machine', 'agent', 'hook'].includes(stop.kind)) process.exitCode = 2
})
