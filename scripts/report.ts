import { join, relative, resolve } from 'node:path'
import { command } from './lib/command.ts'
import { Failure, main } from './lib/errors.ts'
import { readFlags } from './lib/flags.ts'
import { helpText } from './lib/help/help.ts'
import { sessionsRoot } from './lib/paths.ts'
import { openTerminal } from './lib/terminal.ts'
import { jsonLine } from './lib/text.ts'
import { exportFigures, exportReport, type Format, formatOf } from './notebook/export.ts'
import type { AgentSpec } from './program/contract.ts'
import { newestSession } from './record/files.ts'
import { findSession } from './record/find.ts'
import { authorByFlags } from './report/agent/chooseAuthor.ts'
import { chooseReportAuthor } from './report/agent/prose.ts'
import { sessionsOfLastWeek, weekFile, writeWeek } from './report/several/write.ts'
import { printAuthorSummary, printSessionSummary, printWeekSummary } from './report/terminalSummary.ts'
import { writeReportBy } from './report/write.ts'

const help = helpText(
  'report',
  '[session…] [flags]',
  `
Writes digest.json and report.md from the records; of several sessions, one report on what they have in common.

  session         ids, beginnings of ids, or tags (the newest)
  --week          the sessions of the last seven days, as one
  --agent NAME    who writes the prose: claude, codex, gemini, opencode, none, or command
                  (what an agent wrote before; else the session's own agent where it can write)
  --model NAME    the agent's model, as its client names it
  --command CMD   the program that writes, with --agent command
  --out FILE      the report there, too; of several sessions: there alone (sessions/week-<day>.md)
  --format NAME   of that file: github (Markdown for Discussions, pull requests, repositories), commonmark (no tables,
                  figures as SVG and PNG beside it, for a team's docs), html (one page by itself)
  --figures DIR   the session's figures as SVG and PNG into a folder: frontier, waterfall, timeline, knob.NAME
  --figure NAME   of these only this one, or loss.42, experiment 42's loss; may be given again
  --json          the digest on standard output
  --help

An agent's numbers are references that are filled in; what the checker finds in its text goes back to it twice, and
what is still wrong is cut. report.check.json keeps the list. NIGHTSHIFT_SITE, the address of the published pages,
puts a picture of the frontier beside the chart in report.md.

Examples: ${command('report 2026-11-21-h200-abcd-nov21 --agent claude')}
          ${command('report --out ~/wiki/nov21.md --format commonmark')}
          ${command('report --figures ~/slides --figure frontier --figure loss.42')}
          ${command('report --week')}
`,
)

const options = {
  week: { type: 'boolean' },
  agent: { type: 'string' },
  model: { type: 'string' },
  command: { type: 'string' },
  out: { type: 'string' },
  format: { type: 'string' },
  figures: { type: 'string' },
  figure: { type: 'string', multiple: true },
  json: { type: 'boolean' },
} as const

/** Ctrl-C while an agent writes: the template is the report. */
const stop = new AbortController()
process.once('SIGINT', () => stop.abort())

await main(async () => {
  const { values, positionals } = readFlags(help, options, Number.POSITIVE_INFINITY)
  const named = authorByFlags(values)
  if (values.week && positionals.length > 0)
    throw new Failure('--week takes no session.', 'Name sessions, or leave them to --week.')
  const isWeek = values.week || positionals.length > 1
  const out = destination(values)
  if (isWeek && out && values.format !== undefined && out.format !== 'github')
    throw new Failure('A report on several sessions is written as github alone.', 'Leave --format out.')
  if (values.figure && values.figures === undefined)
    throw new Failure('--figure is one of those that --figures writes, and there is no folder.', 'Add --figures DIR.')
  if (isWeek && values.figures !== undefined)
    throw new Failure('Figures are of one session.', 'Name one, without --week.')
  if (isWeek) return several(positionals, values.out, named ?? null)
  const id =
    positionals[0] === undefined ? await newestSession(sessionsRoot) : await findSession(positionals[0], sessionsRoot)
  return one(join(sessionsRoot, id), named)

  async function one(folder: string, spec: AgentSpec | null | undefined): Promise<void> {
    const terminal = openTerminal()
    const author = await chooseReportAuthor(folder, spec, stop.signal)
    if (author.kind === 'agent') terminal.live(`${'report'.padEnd(9)} ${author.spec.use} is writing`)
    const { digest, writing } = await writeReportBy(folder, author)
    if (values.json) process.stdout.write(jsonLine(digest))
    printSessionSummary(terminal, folder, digest)
    const written = out ? await exportReport(folder, out.path, out.format) : []
    if (values.figures !== undefined)
      written.push(...(await exportFigures(folder, resolve(values.figures), values.figure ?? [])))
    for (const path of written) terminal.step('written', relative(process.cwd(), path))
    if (author.kind === 'agent') printAuthorSummary(terminal, writing)
  }

  async function several(ids: string[], out: string | undefined, spec: AgentSpec | null): Promise<void> {
    const terminal = openTerminal()
    const chosen = values.week
      ? await sessionsOfLastWeek(new Date())
      : await Promise.all(ids.map(id => findSession(id, sessionsRoot)))
    const path = out === undefined ? join(sessionsRoot, weekFile(new Date())) : resolve(out)
    if (spec) terminal.live(`${'report'.padEnd(9)} ${spec.use} is writing`)
    const { week, writing } = await writeWeek(chosen, path, spec, stop.signal)
    if (values.json) process.stdout.write(jsonLine(week))
    printWeekSummary(terminal, path, week)
    printAuthorSummary(terminal, writing)
  }
})

/** Where the report goes besides, known to be sound before anything is written. */
function destination({ out, format }: { out?: string; format?: string }): { path: string; format: Format } | null {
  if (out !== undefined) return { path: resolve(out), format: formatOf(out, format) }
  if (format === undefined) return null
  throw new Failure('--format is of the file that --out names, and there is none.', 'Add --out FILE.')
}
