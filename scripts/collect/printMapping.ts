/** Prints the mapping: what each column was read as, what was not read, and warnings. */
import { betterText } from '../analysis/relative.ts'
import { collectAgain, namingText, unknownOf, whyUnknown } from '../analysis/result/unknown.ts'
import { command } from '../lib/command.ts'
import type { Terminal } from '../lib/terminal/terminal.ts'
import { capital, plural, sanitizeText } from '../lib/text.ts'
import type { Source } from './source.ts'
import type { ForeignSession } from './write.ts'

/** Lines of one kind that are printed; source.json has all. */
const MAX_LINES = 12

/**
 * @param typed the source as the user typed it, for the command that reads it again
 * @param isFirst whether this is the first session of the source: columns and metric are those of all its sessions
 */
export function printMapping(
  terminal: Terminal,
  { session, experiments, source }: Pick<ForeignSession, 'session' | 'experiments' | 'source'>,
  typed: string,
  isFirst: boolean,
): void {
  const { table } = source
  if (isFirst) printSource(terminal, source)
  if (table) terminal.step('table', `${sanitizeText(table.path)}: ${tableText(table)}`)
  if (isFirst) printReading(terminal, source)
  printLimited(
    terminal,
    'status',
    source.statuses,
    ({ word, as, rows }) => `${word === '' ? 'none' : `“${sanitizeText(word)}”`} → ${as}, ${plural(rows, 'row')}`,
  )
  printLimited(
    terminal,
    'unread',
    table?.unread ?? [],
    ({ line, text, why }) => `line ${line}: ${sanitizeText(text, 70)} (${sanitizeText(why)})`,
  )
  printLimited(terminal, 'note', source.notes, ({ text }) => sanitizeText(text, 400))
  printLimited(terminal, 'warning', source.warnings, ({ text }) => sanitizeText(text, 400))
  const unknown = unknownOf(experiments, session)
  if (unknown !== null && source.kind === 'table') {
    terminal.step('hint', `${capital(whyUnknown(unknown))}. ${namingText({ ...unknown, isPath: false })}`)
    terminal.step('', command(collectAgain(typed, session.source?.flags ?? [], unknown.words)))
  }
  terminal.step('session', session.id)
}

function printSource(terminal: Terminal, { from, kind, git }: Source): void {
  terminal.step('source', `${sanitizeText(from)}${kind === 'session' ? ', a session of Nightshift' : ''}`)
  if (git)
    terminal.step(
      'branch',
      `${sanitizeText(git.branch)}. ${git.why} ${plural(git.found, 'row has its commit', 'rows have their commits')} in the repository.`,
    )
}

/** How the columns were read. */
function printReading(terminal: Terminal, source: Source): void {
  const { name, goal, why, sure } = source.metric
  printLimited(terminal, 'column', columnTexts(source), text => text)
  terminal.step('metric', `${sanitizeText(name)}, ${betterText(goal)}: ${why}${sure ? '' : ' Not sure: set --goal.'}`)
}

function tableText(table: NonNullable<Source['table']>): string {
  const { lines, rows, elsewhere = 0, headers, blank, continued, aside, unread } = table
  const parts = [
    plural(rows, 'row'),
    elsewhere > 0 ? `${elsewhere} of other sessions` : '',
    headers.length > 0 ? plural(headers.length, 'header', 'lines of headers') : '',
    blank.length > 0 ? `${blank.length} blank` : '',
    continued.length > 0 ? `${continued.length} that continue a row` : '',
    ...aside.map(({ what, lines }) => `${lines.length} ${sanitizeText(what, 60)}`),
    unread.length > 0 ? `${unread.length} not read` : '',
  ]
  return `${lines} lines: ${parts.filter(part => part !== '').join(', ')}`
}

/** A line per column with a role, and one line for all others. */
function columnTexts({ columns }: Source): string[] {
  const own = columns.filter(({ as }) => as !== null)
  const rest = columns.filter(({ as }) => as === null).map(({ name }) => sanitizeText(name))
  return [
    ...own.map(
      ({ name, as, why, sure, header }) =>
        `${sanitizeText(name)} → ${as}: ${why}${sure || as === 'metric' ? '' : ` Not sure: set --column ${as}=NAME.`}${header === null || header === own[0]?.header ? '' : ` (line ${header})`}`,
    ),
    ...(rest.length === 0 ? [] : [`${rest.join(', ')}: kept unchanged with the rows.`]),
  ]
}

function printLimited<T>(terminal: Terminal, verb: string, items: T[], text: (item: T) => string): void {
  for (const item of items.slice(0, MAX_LINES)) terminal.step(verb, text(item))
  if (items.length > MAX_LINES) terminal.step(verb, `and ${items.length - MAX_LINES} more in source.json`)
}
