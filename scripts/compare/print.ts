/** A comparison on a terminal: what may be compared, who got what, what was seen again, what differs. Pure. */
import { clean } from '../lib/terminal.ts'
import { type Column, cut, tableLines, widest, wrapped } from './columns.ts'
import { around, difference } from './difference.ts'
import { effectText, gainText, list, nameOf } from './names.ts'
import { byHours } from './race.ts'
import {
  type Cell,
  type Comparison,
  type ProseVersion,
  type Rate,
  type Row,
  rowWords,
  type SettingRow,
  type Side,
} from './schema.ts'

export interface Page {
  sides: Side[]
  found: Comparison
  /** Columns of the terminal. */
  width: number
  /** Sets a heading off. */
  strong: (text: string) => string
}

/** Texts of others come out cleaned: names, descriptions, values and prose are data. */
export function comparisonText({ sides, found, width, strong }: Page): string {
  const wide = Math.min(widest, Math.max(60, width))
  const names = new Map(sides.map(side => [side.id, cut(clean(nameOf(side, sides)), 24)]))
  const parts = [
    section(strong(list([...names.values()])), ['', ...comparability(found, wide)]),
    section(strong('What each got'), spent(sides, found, names, wide)),
    section(strong('The best so far, by the hour'), byHours(sides, names, wide)),
    section(strong('Did it replicate?'), replicated(found, names, wide)),
    section(strong('Configurations'), settings(sides, found, names, wide)),
    section(strong('By version of program.md'), prose(found, names, wide)),
  ]
  return `${parts.filter(part => part !== '').join('\n\n')}\n`
}

type Names = Map<string, string>

const section = (head: string, lines: string[]): string => (lines.length === 0 ? '' : [head, ...lines].join('\n'))

function comparability({ lead, statements }: Comparison, wide: number): string[] {
  return [...wrapped(lead, wide), ...statements.flatMap(({ text }) => wrapped(clean(text, 600), wide, '  · '))]
}

const unknown = '–'
const nameCell =
  (names: Names) =>
  ({ side }: { side: string }) =>
    names.get(side) ?? side

function spent(sides: Side[], { rates }: Comparison, names: Names, wide: number): string[] {
  const side = ({ side: id }: Rate) => sides.find(s => s.id === id) as Side
  const columns: Column<Rate>[] = [
    { head: '', cell: nameCell(names), gives: 'all' },
    { head: 'machine', cell: rate => machineText(side(rate)), gives: 'all' },
    { head: 'tried', align: 'right', cell: rate => `${side(rate).experiments}` },
    { head: 'kept', align: 'right', cell: rate => `${side(rate).kept}` },
    { head: 'claimed', align: 'right', cell: rate => partText(side(rate).claimed) },
    { head: 'confirmed', align: 'right', cell: rate => confirmedText(side(rate)) },
    { head: 'GPU hours', align: 'right', cell: rate => hoursText(side(rate)) },
    { head: 'a GPU-hour', align: 'right', cell: rate => marked(rate.perGpuHour, rate) },
    { head: 'cost', align: 'right', cell: ({ usd }) => (usd === null ? unknown : `$${usd.toFixed(2)}`) },
    { head: 'a dollar', align: 'right', cell: rate => marked(rate.perDollar, rate) },
  ]
  const shown = rates.some(({ usd }) => usd !== null) ? columns : columns.slice(0, -2)
  return [...tableLines(rates, shown, wide), ...notes(sides, rates, wide)]
}

const machineText = ({ machine }: Side): string =>
  machine.gpu === null && machine.gpus === null ? unknown : clean(machine.name, 20)

const partText = (part: number | null): string => (part === null ? unknown : gainText(part))
const marked = (part: number | null, { by }: Pick<Rate, 'by'>): string =>
  part === null ? unknown : `${gainText(part)}${by === 'claimed' ? '*' : ''}`

function confirmedText({ confirmed }: Side): string {
  if (confirmed === null) return 'not yet'
  const { gain, interval } = confirmed
  return effectText(gain, (interval[1] - interval[0]) / 2)
}

const hoursText = ({ gpuHours }: Side): string =>
  gpuHours === null
    ? unknown
    : `${{ runs: '', clock: '≈ ', budget: '≥ ' }[gpuHours.basis]}${gpuHours.value.toFixed(gpuHours.value < 10 ? 2 : 1)}`

/** What the marks of the table mean; only of those that stand in it. */
function notes(sides: Side[], rates: Rate[], wide: number): string[] {
  const has = (basis: string) => sides.some(({ gpuHours }) => gpuHours?.basis === basis)
  const paid = new Set(rates.flatMap(rate => rate.paid))
  const said = [
    'Changes from each one’s own baseline; + is better.',
    rates.some(({ by, gain }) => by === 'claimed' && gain !== null)
      ? '* by the claimed gain, which is the luckier one.'
      : '',
    has('clock') ? '≈ the length of the night.' : '',
    has('budget') ? '≥ training time alone.' : '',
    paid.size === 0
      ? ''
      : `Cost is what ${list([...paid].map(p => (p === 'gpu' ? 'the GPU' : 'the agent')))} cost${paid.size > 1 ? '' : 's'}.`,
    paid.has('gpu')
      ? ''
      : `What a GPU costs is in no record: --price ${clean(sides[0]?.machine.label ?? '')}=2.50 says it.`,
  ]
  return wrapped(said.filter(text => text !== '').join(' '), wide, '  ')
}

function replicated({ replication, triedOnce }: Comparison, names: Names, wide: number): string[] {
  const shared = replication.filter(({ cells }) => cells.length > 1)
  const once = replication.length - shared.length
  const rest = [
    once > 0 ? `${once} kept by one side were tried by no other` : '',
    triedOnce > 0 ? `${triedOnce} discarded by one side were tried by no other` : '',
  ].filter(text => text !== '')
  const counted = rowWords.slice(0, 3).map(word => `${shared.filter(row => row.word === word).length} ${word}`)
  const end = wrapped(`${rest.join('; ')}.`, wide, '  ')
  if (shared.length === 0) return ['  No change was tried by more than one of them.', ...(rest.length > 0 ? end : [])]
  const shown = shared.slice(0, mostRows)
  const more =
    shared.length > shown.length ? [`  … and ${shared.length - shown.length} more: --json has them all.`] : []
  return [
    `  ${counted.join(', ')}`,
    '',
    ...rowLines(shown, names, wide),
    ...more,
    ...(rest.length > 0 ? ['', ...end] : []),
  ]
}

/** Rows of a table that are printed. */
const mostRows = 40

/** Two sides stand side by side, and more where every change can be read in whole. */
function rowLines(rows: Row[], names: Names, wide: number): string[] {
  const table = inColumns(rows, names, wide)
  return names.size > 2 && table.some(line => line.includes('…')) ? inLines(rows, names, wide) : table
}

const wordText = ({ word, way }: Row): string => (way === null ? word : `${word}, ${way}`)

function inColumns(rows: Row[], names: Names, wide: number): string[] {
  const columns: Column<Row>[] = [
    { head: 'change', cell: row => clean(row.name, 60), gives: 'all' },
    ...[...names].map(
      ([id, name]): Column<Row> => ({
        head: name,
        cell: row => cellText(row.cells.find(cell => cell.side === id)),
      }),
    ),
    { head: '', cell: wordText },
  ]
  return tableLines(rows, columns, wide)
}

/** Many sides: a change a paragraph, and under it who tried it. */
const inLines = (rows: Row[], names: Names, wide: number): string[] =>
  rows.flatMap(row => [
    `  ${cut(`${clean(row.name, 60)}: ${wordText(row)}`, wide - 2)}`,
    ...row.cells.map(cell => cut(`    ${(names.get(cell.side) ?? cell.side).padEnd(24)}  ${cellText(cell)}`, wide)),
  ])

function cellText(cell: Cell | undefined): string {
  if (cell === undefined) return ''
  const kept = cell.tries.some(({ status }) => status === 'keep') ? ' kept' : ''
  if (cell.gain === null) return cell.tries.at(-1)?.status ?? ''
  return `${effectText(cell.gain, cell.half)}${kept}`
}

function settings(sides: Side[], found: Comparison, names: Names, wide: number): string[] {
  const known = sides.filter(side => side.settings.values.length > 0)
  if (known.length === 0) return []
  const rows = found.settings.filter(({ differs }) => differs)
  const said = (text: string) => wrapped(text, wide, '  ')
  if (known.length === 1)
    return said(`Known of ${names.get(known[0]?.id ?? '')} alone: ${found.settings.length} constants.`)
  if (rows.length === 0) return said(`All ${found.settings.length} constants end with the same value.`)
  const columns: Column<SettingRow>[] = [
    { head: 'constant', cell: row => clean(row.name, 40), gives: 'all' },
    ...sides.map(
      (side, at): Column<SettingRow> => ({
        head: names.get(side.id) ?? '',
        cell: row => settingText(row.values[at] ?? null),
        gives: 'all',
      }),
    ),
  ]
  const rest = found.settings.length - rows.length
  return [
    ...tableLines(rows, columns, wide),
    ...(rest > 0 ? said(`${rest} more are the same at the end, or known of one side alone.`) : []),
  ]
}

/** "0.04 → 0.05", or the value alone where it was left as it was. */
function settingText(value: SettingRow['values'][number]): string {
  if (value === null) return unknown
  const [from, to] = [value.baseline, value.tip].map(raw => (raw === null ? 'none' : clean(raw, 40)))
  return from === to ? `${to}` : `${from} → ${to}`
}

function prose({ prose: versions }: Comparison, names: Names, wide: number): string[] {
  if (versions.length === 0) return []
  const columns: Column<ProseVersion>[] = [
    { head: 'version', cell: ({ hash }) => hash.slice(0, 8) },
    { head: 'nights', cell: v => list(v.sides.map(id => names.get(id) ?? id)), gives: 'all' },
    { head: 'tried', align: 'right', cell: v => `${v.experiments}` },
    { head: 'kept', align: 'right', cell: v => `${v.kept}` },
    { head: 'GPU hours', align: 'right', cell: ({ gpuHours }) => (gpuHours === null ? unknown : gpuHours.toFixed(2)) },
    { head: 'gain', align: 'right', cell: v => marked(v.gain, v) },
    { head: 'a GPU-hour', align: 'right', cell: v => marked(v.perGpuHour, v) },
  ]
  const pairs = versions.slice(1).map((after, at) => [versions[at] as ProseVersion, after] as const)
  return [...tableLines(versions, columns, wide), ...pairs.flatMap(([before, after]) => changed(before, after, wide))]
}

const mostLines = 24

function changed(before: ProseVersion, after: ProseVersion, wide: number): string[] {
  const head = `  ${before.hash.slice(0, 8)} → ${after.hash.slice(0, 8)}`
  if (before.text === null || after.text === null) return ['', `${head}: the text was not kept`]
  const lines = around(difference(before.text, after.text)).map(line =>
    line === null ? '  …' : cut(`  ${line.sign} ${clean(line.text, 400)}`, wide).trimEnd(),
  )
  const more = lines.length > mostLines ? [`  … ${lines.length - mostLines} lines more: --json has them all`] : []
  return ['', head, ...lines.slice(0, mostLines), ...more]
}
