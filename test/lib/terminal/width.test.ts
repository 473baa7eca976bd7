import { expect, test } from 'vitest'
import { firstColumns, truncate, widthOf } from '../../../scripts/lib/terminal/width.ts'
import { wrap } from '../../../scripts/lib/terminal/wrap.ts'

test('Chinese, Japanese, Korean, full-width letters and emoji take two columns, marks that combine none', () => {
  expect(widthOf('val_bpb −0.0282 → Δ σ …')).toBe(23)
  expect(widthOf('学習率')).toBe(6)
  expect(widthOf('배치')).toBe(4)
  expect(widthOf('ＬＲ')).toBe(4)
  expect(widthOf('🚀')).toBe(2)
  expect(widthOf('re\u0301sume\u0301')).toBe(6)
})

test('a text is cut to columns, never within a character', () => {
  expect(truncate('学習率を上げる', 14)).toBe('学習率を上げる')
  expect(truncate('学習率を上げる', 13)).toBe('学習率を上げ…')
  expect(truncate('学習率を上げる', 8)).toBe('学習率…')
  expect(truncate('abc', 0)).toBe('…')
  expect(firstColumns('🚀🚀', 3)).toBe('🚀')
})

test('lines of wide characters wrap at the columns that they take', () => {
  expect(wrap('学習率 上げる 下げる', 13)).toEqual(['学習率 上げる', '下げる'])
  expect(wrap('学習率 上げる 下げる', 12)).toEqual(['学習率', '上げる', '下げる'])
})
