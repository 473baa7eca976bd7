import { expect, test } from 'vitest'
import { readAnswer } from '../../../scripts/agents/clients/answer.ts'

const both = { description: 'RATE 0.02 -> 0.04', hypothesis: 'It is too small.' }
const line = JSON.stringify(both)

test.each([
  ['the line alone', line],
  ['words before it', `I doubled it, as {this} shows.\n\n${line}\n`],
  ['a fence of code around it', `Done.\n\`\`\`json\n${line}\n\`\`\`\n`],
  ['a fence on its own line', `\`${line}\``],
])('the last line is read from %s', (_, text) => {
  expect(readAnswer(text)).toEqual(both)
})

test.each([
  ['nothing', ''],
  ['words alone', 'I doubled the rate.'],
  ['broken JSON', '{"description": "RATE'],
  ['another value', '[1, 2]'],
  ['words after the line', `${line}\nShall I go on?`],
])('%s has no description', (_, text) => {
  expect(readAnswer(text)).toEqual({ description: null, hypothesis: null })
})

test('a description is one sanitized line of at most 80 characters', () => {
  const { description, hypothesis } = readAnswer(JSON.stringify({ description: `\u001b[31mred\n${'x'.repeat(200)}` }))
  expect(description).toMatch(/^red x+…$/)
  expect(description).toHaveLength(80)
  expect(hypothesis).toBeNull()
})

test('a sweep is read with the values of one constant or of two', () => {
  const sweepIn = (sweep: unknown) => readAnswer(JSON.stringify({ description: 'x', sweep })).sweep
  expect(sweepIn({ LR: [0.03, 0.05, 0.03] })).toEqual({ kind: 'values', values: new Map([['LR', [0.03, 0.05]]]) })
  expect(sweepIn({ LR: [1, 2], WINDOW: ['S', 'SL'], ON: [true] })).toMatchObject({
    problem: expect.stringContaining('names 3 constants'),
  })
  expect(sweepIn(null)).toBeUndefined()
})

test.each([
  [{ LR: [0.03] }, 'its sweep has 1 point; 2 to 16 are allowed'],
  [{ LR: [1, 2, 3, 4, 5], D: [1, 2, 3, 4] }, 'its sweep has 20 points (all pairs); 2 to 16 are allowed'],
  [{}, 'its sweep names 0 constants; one or two are allowed'],
  [{ LR: [], D: [1, 2] }, 'its sweep has no value for LR'],
  [{ LR: 0.03 }, /is no object with a list of values/],
  [[0.03, 0.05], /is no object with a list of values/],
  ['LR', /is no object with a list of values/],
])('%j is no sweep, for a reason that the agent can act on', (sweep, problem) => {
  const found = readAnswer(JSON.stringify({ sweep })).sweep
  expect(found?.kind === 'problem' && found.problem).toMatch(problem)
})
