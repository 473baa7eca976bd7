/** The rows of the experiments page: what compares, filters, order, counts, and the address that names them. */
import { expect, test } from 'vitest'
import { addressText, noFilters, readAddress } from '../../../site/data/experiments/address.ts'
import { columns } from '../../../site/data/experiments/columns.ts'
import { type Listing, listingOf } from '../../../site/data/experiments/listing.ts'
import { rowsOf } from '../../../site/data/experiments/row.ts'
import { countsText, isGrouped, matching, sorted } from '../../../site/data/experiments/select.ts'
import { listingRows } from '../../../site/data/experiments/tables.ts'
import { knobsOf } from '../../../site/data/knobs/knobs.ts'
import { experimentRows } from '../../../site/data/tables.ts'
import { newestFirst, view } from '../../../site/data/view.ts'
import { type SessionOptions, simulate } from '../../helpers/exampleSessions.ts'

const accuracy = { name: 'accuracy', goal: 'maximize', unit: null, holdout: null } as const

function listed(
  options: SessionOptions[],
  change: (session: ReturnType<typeof simulate>['session']) => void = () => {},
): Listing {
  const texts = { digest: null, report: null, prose: null }
  const views = options.map(each => {
    const { session, experiments } = simulate(each)
    change(session)
    return view({ kind: 'session', id: session.id, folder: '', session, experiments, ...texts })
  })
  return listingOf(newestFirst(views), knobsOf(views))
}

const two = () =>
  listed([
    { id: '2026-11-20-h100-kqzt-a', experiments: 30, startedAt: '2026-11-20T22:00:00Z' },
    {
      id: '2026-11-21-h100-kqzt-b',
      experiments: 12,
      startedAt: '2026-11-21T22:00:00Z',
      metric: accuracy,
      baseline: 0.9,
    },
  ])

test('the baseline is a row, but is not counted as an experiment', () => {
  const rows = rowsOf(two())
  expect(rows).toHaveLength(42)
  expect(countsText(rows, rows)).toBe('40 experiments and 2 baselines')
  const kept = matching(rows, { ...noFilters(), verdict: 'keep' })
  expect(kept.every(row => row.number > 0)).toBe(true)
  expect(countsText(kept, rows)).toBe(`${kept.length} of 40 experiments`)
  expect(countsText(matching(rows, { ...noFilters(), verdict: 'baseline' }), rows)).toBe(
    '0 of 40 experiments and 2 baselines',
  )
})

test('the newest session comes first, and each of its rows is in the data files', () => {
  const listing = two()
  expect(listing.sessions.map(s => s.id)).toEqual(['2026-11-21-h100-kqzt-b', '2026-11-20-h100-kqzt-a'])
  expect(listingRows(listing).map(row => row.experiment)).toEqual(rowsOf(listing).map(row => row.number))
})

test('the data files say of each value what measured it, and nothing where there is none', () => {
  const { id, experiments } = { id: '2026-11-20-h100-kqzt-a', experiments: 12 }
  const { session, experiments: own } = simulate({ id, experiments })
  for (const run of own.flatMap(e => e.runs)) if (run.metric !== null) run.measuredBy = 'command'
  const stronger = own.findLast(e => e.metric !== null)
  for (const run of stronger?.runs ?? []) run.measuredBy = 'evaluation'
  const found = view({
    kind: 'session',
    id,
    folder: '',
    session,
    experiments: own,
    digest: null,
    report: null,
    prose: null,
  })
  const expected = own.map(e => (e.metric === null ? null : e === stronger ? 'evaluation' : 'command'))
  expect(expected).toContain(null)
  expect(experimentRows(found).map(row => row.measuredBy)).toEqual(expected)
  expect(listingRows(listingOf([found], [])).map(row => row.measuredBy)).toEqual(expected)
})

test('sorting by value keeps the rows of each metric apart, the larger group first', () => {
  const listing = two()
  const rows = sorted(rowsOf(listing), { column: 'value', down: false }, listing)
  expect(rows.map(row => row.target.metric.name)).toEqual([...Array(30).fill('val_bpb'), ...Array(12).fill('accuracy')])
  const losses = rows.slice(0, 30).flatMap(row => row.value ?? [])
  expect(losses).toEqual([...losses].sort((a, b) => a - b))
  expect(isGrouped(rows, { column: 'value', down: false })).toBe(true)
  expect(isGrouped(rows, { column: 'description', down: false })).toBe(false)
  expect(isGrouped(rows.slice(0, 30), { column: 'value', down: false })).toBe(false)
})

test('sessions of another time budget or data are targets of their own, named apart', () => {
  const options = ['a', 'b', 'c'].map(letter => ({ id: `2026-11-20-h100-kqzt-${letter}`, experiments: 3 }))
  const budgets = [300, 300, 60]
  const { targets, sessions } = listed(options, session => {
    session.budget = budgets.shift() ?? 0
  })
  expect(targets.map(t => t.name.replace(/^.*?, /, '')).sort()).toEqual(['val_bpb, 5 min a run', 'val_bpb, 60 s a run'])
  expect(new Set(sessions.map(s => s.target)).size).toBe(2)
})

test('empty cells come last in both directions, for every column', () => {
  const listing = two()
  for (const { id, key } of columns)
    for (const down of [false, true]) {
      const rows = sorted(rowsOf(listing), { column: id, down }, listing).filter(
        row => row.session === listing.sessions[1],
      )
      const isEmpty = rows.map(row => key(row, listing) === null)
      expect(isEmpty, id).toEqual([...isEmpty].sort())
    }
})

test('a row has to contain every word, in any order, in description, session or machine', () => {
  const rows = rowsOf(two())
  const text = rows.find(row => row.number === 4)?.description ?? ''
  const words = text.toUpperCase().split(' ').reverse().join('  ')
  expect(matching(rows, { ...noFilters(), text: words }).map(row => row.description)).toContain(text)
  expect(matching(rows, { ...noFilters(), text: 'kqzt-b' })).toHaveLength(12)
  expect(matching(rows, { ...noFilters(), text: 'kqzt-b nothing-has-this' })).toEqual([])
})

test('an address gives back its state, and leaves out what does not exist', () => {
  const state = {
    filters: { ...noFilters(), text: 'a & b = #1', session: '2026-11-20-x', knob: 'MATRIX_LR' },
    sort: { column: 'delta', down: true },
    columns: ['experiment', 'value'],
    page: 3,
  }
  expect(readAddress(addressText(state))).toEqual(state)
  expect(addressText(readAddress(''))).toBe('')
  expect(readAddress('#sort=-nothing&columns=none&page=-1')).toEqual(readAddress(''))
})
