import { join, relative, resolve } from 'node:path'
import { command } from './lib/command.ts'
import { Failure, main } from './lib/errors.ts'
import { readFlags } from './lib/flags.ts'
import { helpText } from './lib/help/help.ts'
import { sessionsRoot } from './lib/paths.ts'
import { openTerminal } from './lib/terminal/terminal.ts'
import { jsonLine } from './lib/text.ts'
import { exportFigures, exportReport, type Format, formatOf } from './notebook/export.ts'
import type { AgentSpec } from './program/contract.ts'
import { newestSession } from './record/files/paths.ts'
import { unpostedTexts } from './record/files/published.ts'
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
Writes digest.json and report.md from a session's records; given several sessions, one report on what they share.

  session         ids, prefixes of ids, or tags (default: the newest)
  --week          one report on the sessions of the last seven days
  --agent NAME    agent that writes the prose: claude, codex, gemini, opencode, command, or none
                  (default: keep what an agent wrote before, else the session's agent if it can write)
  --model NAME    model name, passed to the agent's client
  --command CMD   program to run, with --agent command
  --out FILE      also write the report here; with several sessions, only here (sessions/week-<day>.md)
  --format NAME   format of --out: github (Markdown for Discussions and pull requests), commonmark (no tables,
                  figures as SVG and PNG files beside it), html (one self-contained page)
  --figures DIR   write the session's figures as SVG and PNG to DIR: frontier, waterfall, timeline, knob.NAME;
                  a GitHub report of --out then shows them as images, else as charts that GitHub draws
  --figure NAME   write only this figure, or loss.42 for the loss curve of experiment 42; repeatable
  --json          print the digest as JSON
  --help

An agent writes references instead of numbers, and the report fills them in. The checker sends its findings back to the
agent up to twice and cuts what is still wrong; report.check.json lists the findings. If NIGHTSHIFT_SITE is set to the
address of the published pages, report.md also shows the frontier as an image.

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

/** On Ctrl-C while an agent writes, the template's text is used. */
const stop = new AbortController()
process.once('SIGINT', () => stop.abort())

await main(async () => {
  const { values, positionals } = readFlags(help, options, Number.POSITIVE_INFINITY)
  const named = authorByFlags(values)
  if (values.week && positionals.length > 0)
    throw new Failure('--week takes no session names.', 'Use either --week or session names.')
  const isWeek = values.week || positionals.length > 1
  const out = destination(values)
  if (isWeek && out && values.format !== undefined && out.format !== 'github')
    throw new Failure('A report on several sessions supports only --format github.', 'Omit --format.')
  if (values.figure && values.figures === undefined)
    throw new Failure('--figure needs --figures, the folder to write to.', 'Add --figures DIR.')
  if (isWeek && values.figures !== undefined)
    throw new Failure('--figures works with one session only.', 'Name one session and omit --week.')
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
    await printSessionSummary(terminal, folder, digest)
    for (const text of await unpostedTexts(folder, digest.session)) terminal.step('publish', text)
    const figures = values.figures === undefined ? null : resolve(values.figures)
    const written = out ? await exportReport(folder, out.path, out.format, figures) : []
    if (figures !== null) written.push(...(await exportFigures(folder, figures, values.figure ?? [])))
    for (const path of new Set(written)) terminal.step('written', relative(process.cwd(), path))
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

/** The output file and format, validated before anything is written; null without --out. */
function destination({ out, format }: { out?: string; format?: string }): { path: string; format: Format } | null {
  if (out !== undefined) return { path: resolve(out), format: formatOf(out, format) }
  if (format === undefined) return null
  throw new Failure('--format needs --out, the file to write.', 'Add --out FILE.')
}
