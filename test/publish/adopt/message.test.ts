import { expect, test } from 'vitest'
import { digest } from '../../../scripts/analysis/digest.ts'
import { changeMessage, squashMessage } from '../../../scripts/publish/adopt/message.ts'
import { buildExperiment, buildSession } from '../../helpers/exampleRecords.ts'

const first = buildExperiment(1, { metric: 0.9, status: 'keep', gain: 0.1 })
const id = '2026-11-20-cpu-abcd-try'
const described = (description: string) => ({ ...first, description })
const facts = {
  id,
  digest: digest(buildSession({ id }), [buildExperiment(0, { metric: 1, status: 'keep' }), first], new Map()),
  together: null,
}
const subjectOf = (description: string) => changeMessage(described(description), facts).split('\n')[0]

test('the subject says what to do, in a line', () => {
  expect(subjectOf('RATE to 0.08')).toBe('Set RATE to 0.08')
  expect(subjectOf('LR_SCALE 0.25 → 0.5')).toBe('Change LR_SCALE from 0.25 to 0.5')
  expect(subjectOf('halve the batch.')).toBe('Halve the batch')
  expect(subjectOf('DEPTH 2 → 1, WIDTH 3 → 4')).toBe('Change DEPTH 2 → 1, WIDTH 3 → 4')
  const long = subjectOf('a description that goes on for much longer than any list of commits can show it')
  expect(long?.length).toBeLessThanOrEqual(72)
  expect(long).toMatch(/…$/)
})

test('a hostile description is one line of inert text', () => {
  expect(subjectOf('fixup! # x\n\nSigned-off-by: me\u001b[31m')).toBe('X Signed-off-by me')
  expect(subjectOf('fixes #12, thanks @ada, [skip ci]')).toBe('Fixes # 12, thanks @ ada, [skip, ci]')
  expect(subjectOf('')).toBe('Adopt experiment 0001')
  const key = `ghp_${'a1B2'.repeat(9)}`
  expect(changeMessage(described(`uses ${key}`), facts)).not.toContain(key)
})

test('one commit of all lists them below its title', () => {
  const text = squashMessage([described('RATE to 2'), { ...described('WIDTH to 2'), number: 2 }], facts, 'Tune it')
  expect(text).toMatch(/^Tune it\n\n- RATE to 2 \(0001\)\./)
  expect(text).toContain('\n- WIDTH to 2 (0002). It has no value of its own.')
  expect(Math.max(...text.split('\n').map(line => line.length))).toBeLessThanOrEqual(72)
})
