/** The columns of the experiments page. Runs in the browser too. */
import type { Listing } from './listing.ts'
import type { Row } from './row.ts'

export interface Column {
  id: string
  title: string
  numeric: boolean
  /** Whether its values compare only among experiments of one target. */
  perTarget: boolean
  /** Whether it is shown at first, on a wide and on a narrow window. */
  wide: boolean
  narrow: boolean
  /** What the column is sorted by; null is sorted last. */
  key: (row: Row, listing: Listing) => string | number | null
}

const text = { numeric: false, perTarget: false, wide: true, narrow: false }
const number = { ...text, numeric: true }

export const columns: Column[] = [
  { ...text, id: 'session', title: 'Session', key: row => row.age },
  { ...number, id: 'experiment', title: '#', narrow: true, key: row => row.number },
  {
    ...text,
    id: 'verdict',
    title: 'Verdict',
    narrow: true,
    key: (row, { statuses }) => (row.number === 0 ? -1 : statuses.indexOf(row.status)),
  },
  { ...text, id: 'description', title: 'Description', narrow: true, key: row => row.description || null },
  { ...number, id: 'value', title: 'Value', perTarget: true, key: row => row.value },
  {
    ...number,
    id: 'delta',
    title: 'Δ vs best',
    perTarget: true,
    narrow: true,
    key: ({ gain, target }) => (gain === null ? null : target.metric.goal === 'minimize' ? -gain : gain),
  },
  {
    ...text,
    id: 'label',
    title: 'Label',
    key: ({ label }, { labels }) => (label === null ? null : labels.indexOf(label)),
  },
  { ...number, id: 'preal', title: 'P(real)', key: row => row.pReal },
  {
    ...text,
    id: 'knobs',
    title: 'Knob changes',
    wide: false,
    key: ({ knobs }) => (knobs.length === 0 ? null : knobs.map(k => k.knob).join(' ')),
  },
  { ...text, id: 'theme', title: 'Theme', wide: false, key: row => row.theme },
  { ...text, id: 'machine', title: 'Machine', key: row => row.session.machine },
  { ...number, id: 'time', title: 'Run time', wide: false, key: row => row.seconds },
]

/** @throws {Error} for an unknown id */
export function column(id: string): Column {
  const found = columns.find(c => c.id === id)
  if (!found) throw new Error(`There is no column ${id}.`)
  return found
}
