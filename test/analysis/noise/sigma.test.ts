import { expect, test } from 'vitest'
import { intervalText, scaledSigma, sigmaText } from '../../../scripts/analysis/noise/sigma.ts'

const noise = { sigma: 0.0005, interval: [0.000312, 0.00123] as [number, number] }

test('σ is worded with its 95% interval, each to two digits', () => {
  expect(sigmaText(noise)).toBe('0.00050 (95% interval 0.00031 to 0.0012)')
  expect(sigmaText(scaledSigma(noise, 100), '%')).toBe('0.050% (95% interval 0.031% to 0.12%)')
  expect(intervalText(noise)).toBe('0.00031 to 0.0012')
})

test('a σ of 0 has no interval', () => {
  expect(sigmaText({ sigma: 0, interval: null })).toBe('0')
  expect(intervalText(scaledSigma({ sigma: 0, interval: null }, 100))).toBe('')
})
