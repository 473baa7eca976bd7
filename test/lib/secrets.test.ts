import { expect, test } from 'vitest'
import { createRedactor } from '../../scripts/lib/secrets.ts'

const redact = createRedactor({ MY_API_KEY: 'correct horse "battery"', HOME: '/home/someone', SHORT_TOKEN: 'abc' })

test('values of key variables are redacted, also when escaped for JSON or URLs', () => {
  expect(redact('key correct horse "battery"!')).toBe('key [key]!')
  expect(redact(JSON.stringify({ said: 'correct horse "battery"' }))).toBe('{"said":"[key]"}')
  expect(redact('?key=correct%20horse%20%22battery%22')).toBe('?key=[key]')
})

test('other values and values shorter than a key are kept', () => {
  expect(redact('/home/someone knows the abc')).toBe('/home/someone knows the abc')
})

test.each([
  `sk-ant-oat01-${'a1'.repeat(20)}`,
  `sk-proj-${'b2'.repeat(20)}`,
  `AIza${'c'.repeat(35)}`,
  `ghp_${'d'.repeat(36)}`,
  `hf_${'e'.repeat(30)}`,
  `AKIA${'F'.repeat(16)}`,
  `eyJ${'g'.repeat(20)}.${'h'.repeat(40)}.${'i'.repeat(20)}`,
])('%s is redacted by its format', key => {
  expect(redact(`it is ${key}.`)).toBe('it is [key].')
})
