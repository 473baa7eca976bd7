import { expect, test } from 'vitest'
import { createRedactor } from '../../scripts/lib/secrets.ts'

const scrub = createRedactor({ MY_API_KEY: 'correct horse "battery"', HOME: '/home/someone', SHORT_TOKEN: 'abc' })

test('the values of variables that hold keys are taken out, as they are and as JSON and addresses write them', () => {
  expect(scrub('key correct horse "battery"!')).toBe('key [key]!')
  expect(scrub(JSON.stringify({ said: 'correct horse "battery"' }))).toBe('{"said":"[key]"}')
  expect(scrub('?key=correct%20horse%20%22battery%22')).toBe('?key=[key]')
})

test('other values stay, and so do words that a short key would tear', () => {
  expect(scrub('/home/someone knows the abc')).toBe('/home/someone knows the abc')
})

test.each([
  `sk-ant-oat01-${'a1'.repeat(20)}`,
  `sk-proj-${'b2'.repeat(20)}`,
  `AIza${'c'.repeat(35)}`,
  `ghp_${'d'.repeat(36)}`,
  `hf_${'e'.repeat(30)}`,
  `AKIA${'F'.repeat(16)}`,
  `eyJ${'g'.repeat(20)}.${'h'.repeat(40)}.${'i'.repeat(20)}`,
])('%s looks like a key', key => {
  expect(scrub(`it is ${key}.`)).toBe('it is [key].')
})
