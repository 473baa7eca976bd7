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
  ['a fold', '<details>\n<summary>More</summary>', '<details>\n<summary>More</summary>\n\n</details>'],
  ['raw HTML', 'So: <PRE>\na', 'So: <PRE>\na\n</pre>'],
  ['a block of code in a fold', '<details>\n\n```\n<!--', '<details>\n\n```\n<!--\n```\n\n</details>'],
])('%s without an end does not hide what follows', (_, text, closed) => {
  expect(templateSection(text, null)).toBe(section(closed))
  expect(templateSection(closed, null)).toBe(section(closed))
})

test.each([
  ['code in a comment', '<!--\n```sh\n-->\nWhy'],
  ['a comment in code', '```\n<!-- \n```\nWhy'],
  ['names of tags in code', 'Use `<details>` and `<!--`.'],
  ['what ends', '<details><summary>a</summary>\n~~~\n</details>\n~~~\n</details> <!-- b --> <pre>c</pre>'],
])('%s gets no end', (_, text) => {
  expect(templateSection(text, null)).toBe(section(text))
})

test('boxes that the template has ticked are not: nobody has checked anything yet', () => {
  expect(templateSection('- [x] Tests\n  * [X] Docs\n1. [x] Log\n```\n- [x] code\n```', null)).toBe(
    section('- [ ] Tests\n  * [ ] Docs\n1. [ ] Log\n```\n- [x] code\n```'),
  )
})

test('front matter is left out, rules and lines like ours do no harm', () => {
  expect(templateSection('---\r\nname: Fix\r\nlabels: [a]\r\n---\r\n\r\n## Why\r\n', null)).toBe(section('## Why'))
  expect(templateSection('---\n\nWhat it does: a\n\nText\n---\n', null)).toBe(
    section('---\n\nWhat it does: a\n\nText\n---'),
  )
  const first = templateSection('a\n<!-- nightshift: end of template -->\nb', null)
  expect(first).toBe(section('a\nb'))
  expect(templateSection(null, first)).toBe(section('a\nb'))
})
