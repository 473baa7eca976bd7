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
