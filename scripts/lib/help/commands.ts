/** All user commands. Each is a script of package.json, in `scripts/<name>.ts`. */

export const groups = ['Run', 'Read', 'Publish', 'Bring in', 'Measure'] as const

interface Command {
  name: string
  group: (typeof groups)[number]
  /** What it does, for the list of commands and the first lines of its --help. */
  does: string
}

export const commands = [
  { name: 'session', group: 'Run', does: 'runs experiments until a stop rule holds, confirms, reports' },
  { name: 'experiment', group: 'Run', does: 'runs your own edit as one experiment' },
  { name: 'status', group: 'Run', does: 'shows the running or last session on one screen' },
  { name: 'confirm', group: 'Run', does: 'runs baseline and head again' },
  { name: 'replicate', group: 'Run', does: "runs another session's changes on this machine, beside its baseline" },
  { name: 'report', group: 'Read', does: 'writes the report of a session, or one on several' },
  { name: 'site', group: 'Read', does: 'builds the pages of all sessions, or serves them' },
  { name: 'compare', group: 'Read', does: 'compares sessions: what replicated, gain per hour and dollar' },
  { name: 'adopt', group: 'Publish', does: 'makes a branch of the confirmed changes, and runs it again' },
  { name: 'post', group: 'Publish', does: 'posts a session to Discussions, a pull request, or a folder of docs' },
  { name: 'sync', group: 'Publish', does: 'shares sessions with other machines by a git remote, and brings theirs' },
  { name: 'collect', group: 'Bring in', does: 'imports results from other repositories and tables' },
  { name: 'bench', group: 'Measure', does: 'benchmarks Nightshift' },
  { name: 'demo', group: 'Measure', does: 'runs a small session on this machine, up to its pages' },
] as const satisfies Command[]
export type CommandName = (typeof commands)[number]['name']

export const commandNames: readonly string[] = commands.map(({ name }) => name)
