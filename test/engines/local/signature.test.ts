import { expect, test } from 'vitest'
import { createKeys, readSigned, signed } from '../../../scripts/engines/local/signature.ts'

test('a value is read only as it was signed, and by the key of its run', () => {
  const [keys, other] = [createKeys(), createKeys()]
  const content = signed({ code: 1 }, keys.secret)
  expect(readSigned(content, keys.public)).toEqual({ code: 1 })
  expect(readSigned(content, other.public)).toBe(null)
  expect(readSigned(content.replace('1', '0'), keys.public)).toBe(null)
  for (const forged of ['{"code":0}', signed({ code: 0 }, other.secret), '{"text":{}}', 'null', '', '{'])
    expect(readSigned(forged, keys.public)).toBe(null)
})
