import { describe, expect, test } from 'vitest'
import {
  escapeHtml,
  escapeXml,
  jsonLine,
  jsonText,
  named,
  plural,
  removeUnwanted,
  sanitizeLines,
  sanitizeRecord,
  sanitizeText,
} from '../../scripts/lib/text.ts'

const esc = '\u001b'
const link = `${esc}]8;;https://evil.example${esc}\\click${esc}]8;;${esc}\\`

/** Texts with characters that must not reach a terminal, a page or a figure. */
const hostile: Record<string, string> = {
  'a direction override': 'a\u202eb\u202c',
  isolates: 'a\u2066b\u2069',
  'direction marks': 'a\u200e\u200f\u061cb',
  'zero-width characters': 'a\u200b\u2060\ufeffb',
  annotations: 'a\ufff9b\ufffa\ufffb',
  NUL: 'a\u0000b',
  'C0 controls': 'a\u0007\u0008\u000b\u001fb',
  'C1 controls': 'a\u0080\u0085\u009fb',
  'line and paragraph separators': 'a\u2028\u2029b',
  noncharacters: 'a\ufffe\uffffb',
  'a lone high surrogate': 'a\ud800b',
  'a lone low surrogate': 'a\udc00b',
  'an escape at the end': `ab${esc}`,
}

const unwanted =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff]/

describe.each(Object.entries(hostile))('%s', (_, text) => {
  test.each([
    ['a terminal', sanitizeText],
    ['a page', sanitizeLines],
    ['a figure', removeUnwanted],
    ['XML', escapeXml],
  ])('does not reach %s', (_, made) => {
    const safe = made(text)
    expect(safe).not.toMatch(unwanted)
    expect(safe.isWellFormed()).toBe(true)
    expect(safe.replace(/[ \ufffd]/g, '')).toBe('ab')
  })
})

test.each(['naïve “Größe” · σ ≥ 2 → −0.01', 'می\u200cخواهم', '👩\u200d🔬', '日本語', 'a ]]> b'])(
  'legitimate text is kept: %s',
  text => {
    expect(sanitizeText(text)).toBe(text)
    expect(sanitizeLines(text)).toBe(text)
    expect(removeUnwanted(text)).toBe(text)
  },
)

test.each([
  ['colours', `${esc}[1;31mred${esc}[0m`, 'red'],
  ['colours by C1', '\u009b31mred\u009b0m', 'red'],
  ['a hyperlink', link, 'click'],
  ['a hyperlink that ends by BEL', `${esc}]8;;https://evil.example\u0007click${esc}]8;;\u0007`, 'click'],
  ['a hyperlink by C1', '\u009d8;;https://evil.example\u009cclick\u009d8;;\u009c', 'click'],
  ['a title without an end', `a${esc}]0;title`, 'a'],
  ['a device control string', `a${esc}Pq#0;2${esc}\\b`, 'ab'],
  ['a choice of letters', `a${esc}(Bb`, 'ab'],
  ['cursor movement', `a${esc}[2J${esc}[Hb`, 'ab'],
])('escape sequences are removed as a whole: %s', (_, text, safe) => {
  expect(sanitizeText(text)).toBe(safe)
  expect(sanitizeLines(text)).toBe(safe)
})

test('a string without a terminator ends at the line end', () => {
  expect(sanitizeLines(`a${esc}]0;title\nb`)).toBe('a\nb')
  expect(sanitizeText(`a${esc}]0;title\nb`)).toBe('a b')
})

test('sanitizeText gives one line, white space collapsed, truncated at a code point', () => {
  expect(sanitizeText('  a\tb\r\n\u0000c\u2028d  ')).toBe('a b c d')
  expect(sanitizeText('👩👩👩', 2)).toBe('👩…')
  expect(sanitizeText('👩👩', 2)).toBe('👩👩')
  expect(sanitizeText('x'.repeat(300))).toHaveLength(200)
})

test('sanitizeLines keeps tabs and lines, and the last state of an overwritten line', () => {
  expect(sanitizeLines('a\tb\r\n10%\r20%\r30%\nend\r')).toBe('a\tb\n30%\nend')
  // Quadratic time would be an hour.
  const long = 'x'.repeat(2_000_000)
  expect(sanitizeLines(`${long}${esc}[0m`)).toBe(long)
})

test('a record is sanitized at any depth, keys included; other values are kept', () => {
  expect(sanitizeRecord({ 'a\u202e': ['b\u0000', { c: `${esc}[1md` }], n: 1, none: null })).toEqual({
    a: ['b', { c: 'd' }],
    n: 1,
    none: null,
  })
})

test('escaped text cannot end an element, an attribute or a CDATA section', () => {
  expect(escapeHtml(`</script><b a="1" b='2'>&amp;`)).toBe(
    '&#60;/script&#62;&#60;b a=&#34;1&#34; b=&#39;2&#39;&#62;&#38;amp;',
  )
  expect(escapeXml('a]]>\u0000b')).toBe('a]]&#62;b')
})

test('plural adds the noun to a count', () => {
  expect([0, 1, 2].map(n => plural(n, 'run'))).toEqual(['0 runs', '1 run', '2 runs'])
  expect(plural(2, 'branch', 'branches')).toBe('2 branches')
})

test('jsonLine is one line, jsonText is indented', () => {
  expect(jsonLine({ a: 'b\nc' })).toBe('{"a":"b\\nc"}\n')
  expect(jsonText({ a: 1 })).toBe('{\n  "a": 1\n}\n')
})

test('a string that a C1 control starts does not extend beyond the next C1 control', () => {
  expect(sanitizeText('a\u009db\u009dtitle\u0007c')).toBe('a bc')
})

test('names in a sentence are cleaned, and more than the limit are counted', () => {
  expect(named(['a.py', '\u001b[31mb.py'])).toBe('a.py, b.py')
  expect(named(['a', 'b', 'c'], 2)).toBe('a, b and 1 more')
})
