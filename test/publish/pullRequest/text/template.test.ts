import { expect, test } from 'vitest'
import { templateSection } from '../../../../scripts/publish/pullRequest/text/template.ts'

const section = (text: string) => `<!-- nightshift: template -->\n\n${text}\n\n<!-- nightshift: end of template -->`

test('a new description has the template as it is: no box is ticked', () => {
  expect(templateSection('## Checks\r\n- [ ] Tests pass\r\n', null)).toBe(section('## Checks\n- [ ] Tests pass'))
  expect(templateSection(null, null)).toBe(null)
})

test('what people wrote and ticked stays when the description is updated', () => {
  const before = `Better.\n\n${section('- [x] Tests pass, said Ada')}\n\nMore.`
  const again = section('- [x] Tests pass, said Ada')
  expect(templateSection('- [ ] Tests pass', before)).toBe(again)
  expect(templateSection(null, before.replaceAll('\n', '\r\n'))).toBe(again)
  expect(templateSection('- [ ] Tests pass', 'Our lines are gone.')).toBe(section('- [ ] Tests pass'))
})

test.each([
  ['a comment', 'Say <!-- why', 'Say <!-- why -->'],
  ['a block of code', '```sh\nls', '```sh\nls\n```'],
  ['a longer block', '````md\n```\n', '````md\n```\n````'],
])('%s without an end does not hide what follows', (_, text, closed) => {
  expect(templateSection(text, null)).toBe(section(closed))
  expect(templateSection(closed, null)).toBe(section(closed))
})
