import { join, resolve } from 'node:path'
import { command } from './lib/command.ts'
import { Failure, main } from './lib/errors.ts'
import { readFlags } from './lib/flags.ts'
import { helpText } from './lib/help/help.ts'
import { notebook, sessionsRoot } from './lib/paths.ts'
import { onInterrupt } from './lib/process/interrupt.ts'
import { openTerminal } from './lib/terminal.ts'
import { jsonLine } from './lib/text.ts'
import { flagOverrides } from './program/flags.ts'
import { dryResume, dryStart, tellDryRun } from './ratchet/session/dryRun.ts'
import { readNewLimits } from './ratchet/session/resume.ts'
import { resumeSession, runSession } from './ratchet/session/session.ts'
import { listSessions } from './record/files.ts'
import { findSession } from './record/find.ts'
import { isOver, newestUnfinished } from './record/unfinished.ts'
import { reportAfterSession } from './report/afterSession.ts'
import { printSessionSummary } from './report/terminalSummary.ts'

const help = helpText(
  'session',
  '[flags]',
  `
  --program PATH      another program.md                        (program.md at the root)
  --tag NAME          branch autoresearch/NAME                  (the date, e.g. nov21)
  --experiments N     stop after N experiments
  --hours H           stop after H hours, confirm included
  --until HH:MM       stop at a clock time, confirm included
  --budget TIME       training time of a run: 30s, 5m
  --timeout TIME      a run is killed after this
  --slots N           places to train, or auto: one a GPU
  --seeds N           runs of the baseline, and pairs in confirm
  --agent NAME        who proposes: claude, codex, gemini, opencode, command, tuner
  --model NAME        the agent's model, as its client names it
  --effort LEVEL      how hard it thinks, as its client names it, e.g. low, high
  --agent-timeout T   how long one proposal may take                     (10m)
  --agent-arg=ARG     a further argument for its client; may be given again
  --fallback NAMES    who proposes while it is down, e.g. codex,tuner, or none
  --resume [ID]       go on with an unfinished session (the newest); may be given more
                      time or experiments
  --dry-run           print the prompt of the next proposal, its size by section and what the check finds, and stop
  --json              every event as a line of JSON on standard output
  --help

Flags override program.md. Ctrl-C finishes the run under way, confirms and reports; Ctrl-C twice stops at once.
Whatever stopped a session, even a power cut, --resume goes on where it was.

Example: ${command('session --agent tuner --experiments 20 --budget 30s')}
`,
)

const options = {
  program: { type: 'string' },
  tag: { type: 'string' },
  experiments: { type: 'string' },
  hours: { type: 'string' },
  until: { type: 'string' },
  budget: { type: 'string' },
  timeout: { type: 'string' },
  seeds: { type: 'string' },
  slots: { type: 'string' },
  agent: { type: 'string' },
  model: { type: 'string' },
  effort: { type: 'string' },
  'agent-timeout': { type: 'string' },
  'agent-arg': { type: 'string', multiple: true },
  fallback: { type: 'string' },
  resume: { type: 'boolean' },
  'dry-run': { type: 'boolean' },
  json: { type: 'boolean' },
} as const

await main(async () => {
  const { values, positionals } = readFlags(help, options, 1)
  if (positionals[0] !== undefined && !values.resume)
    throw new Failure(`Unexpected argument ${positionals[0]}.`, 'A session is named after --resume only.')
  const terminal = openTerminal()
  const overrides = flagOverrides(values)
  const program = values.program ? resolve(values.program) : join(notebook, 'program.md')
  if (values['dry-run']) {
    const dry = values.resume
      ? await dryResume(await chosen(positionals[0]), readNewLimits(overrides))
      : await dryStart({ program, overrides, tag: values.tag ?? null })
    return tellDryRun(terminal, dry, values.json ?? false)
  }
  const rest = {
    terminal,
    echo: values.json ? (event: object) => void process.stdout.write(jsonLine(event)) : () => {},
    interrupt: onInterrupt(terminal),
  }
  const { id, folder, digest, stop } = values.resume
    ? await resumeSession(await chosen(positionals[0]), readNewLimits(overrides), rest, reportAfterSession)
    : await runSession({ program, overrides, tag: values.tag ?? null, ...rest }, null, reportAfterSession)
  if (digest) printSessionSummary(terminal, folder, digest)
  if (!isOver(stop.kind))
    terminal.step('stopped', `nothing finished is lost; go on with \`${command(`session --resume ${id}`)}\``)
  if (stop.kind === 'machine' || stop.kind === 'agent') process.exitCode = 2
})

async function chosen(named: string | undefined): Promise<string> {
  if (named !== undefined) return findSession(named, sessionsRoot)
  const newest = await newestUnfinished(await listSessions(sessionsRoot))
  if (!newest)
    throw new Failure(
      'There is no unfinished session.',
      `Name one to give it more to do: \`${command('session --resume ID --experiments N')}\`.`,
    )
  return newest
}
