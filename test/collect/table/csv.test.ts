import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Ledger, readLedger } from '../../../scripts/collect/table/ledger.ts'
import { splitCells } from '../../../scripts/collect/table/split/cells.ts'

const read = (text: string): Ledger =>
  readLedger(new TextEncoder().encode(text), 'results.csv', {
    metric: null,
    columns: {},
    goal: null,
    statuses: new Map(),
  })
const rows = (text: string) => read(text).rows.map(({ line, metric, description }) => [line, metric, description])

describe('a quoted cell', () => {
  test.each([',', ';', '\t'])(
    'may have line breaks, delimiters (%j) and doubled quotes; its row has its first line',
    mark => {
      const cell = (text: string) => `"${text.replaceAll('"', '""')}"`
      const csv = (cells: string[]) => `${cells.join(mark)}\n`
      const text =
        csv(['commit', 'val_bpb', 'status', 'description']) +
        csv(['a1b2c3d', '0.98', 'keep', cell(`two lines,\nand a "word"; ${mark === '\t' ? '' : mark} end`)]) +
        csv(['b1b2c3d', cell('0.97'), 'keep', cell('one\n\n"three"')]) +
        csv(['c1b2c3d', '0.96', 'discard', 'plain'])
      expect(rows(text)).toEqual([
        [2, 0.98, `two lines, and a "word"; ${mark === '\t' ? '' : `${mark} `}end`],
        [4, 0.97, 'one "three"'],
        [7, 0.96, 'plain'],
      ])
      expect(read(text).table).toMatchObject({ lines: 7, rows: 3, headers: [1], continued: [3, 5, 6], unread: [] })
    },
  )

  test('may stand before others, with line breaks of Windows', () => {
    const text =
      'commit,description,val_bpb,status\r\na1b2c3d,"first,\r\nsecond",0.98,keep\r\nb1b2c3d,"x ""y""",0.97,keep\r\n'
    expect(rows(text)).toEqual([
      [2, 0.98, 'first, second'],
      [4, 0.97, 'x "y"'],
    ])
  })
})

describe('a quote that begins no quoted cell', () => {
  test('is a letter: an inch mark, or one that nothing closes', () => {
    const text =
      'commit,val_bpb,status,description\na1b2c3d,0.98,keep,a 5" disk\nb1b2c3d,0.97,keep,"never closed\nc1b2c3d,0.96,keep,the "end"\n'
    expect(rows(text)).toEqual([
      [2, 0.98, 'a 5" disk'],
      [3, 0.97, '"never closed'],
      [4, 0.96, 'the "end"'],
    ])
  })

  test('takes no long time, however many there are', () => {
    const odd = '"a,b\n'.repeat(40_000)
    expect(rows(`commit,val_bpb,status,description\na1b2c3d,0.98,keep,x\n${odd}`)).toHaveLength(1)
  })
})

test('quoted cells come back as they were', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', ' ') }).map(text => `x${text}`)
  fc.assert(
    fc.property(fc.array(cell, { minLength: 1, maxLength: 5 }), cells => {
      const quoted = cells.map(text => `"${text.replaceAll('"', '""')}"`)
      expect(splitCells(quoted.join(','), ',')).toEqual(quoted)
    }),
  )
})
