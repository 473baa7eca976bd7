import { expect, test } from 'vitest'
import { shownText } from '../../../scripts/publish/github/shown.ts'

test('a name or an address of GitHub does nothing on a terminal', () => {
  expect(shownText.parse('https://github.com/a/b\u001b[2J\n\u202ex')).toBe('https://github.com/a/b x')
})
