import { expect, test } from 'vitest'
import { bodyOf } from '../../../scripts/publish/notify/forms.ts'
import { type Message, message, messageSchema } from '../../../scripts/publish/notify/message.ts'

const hostile =
  'RATE <!channel> <@U1> @here & *b* `c` ||d|| [e](https://evil.example) <https://evil.example|f> :g: # h www.evil.example'
/** What services make a mention or a link of. */
const link = /@\w|:\/\/|www\.\w|\w\.example/
const news: Message = message({
  event: 'end',
  session: '2026-11-21-h100-nov21',
  title: `nov21 · H100: ${hostile}`,
  text: hostile,
  address: 'https://example.org/notebook/sessions/2026-11-21-h100-nov21.html',
  posts: ['https://github.com/my-lab/research/discussions/1?a=1&b=<2>&c=@d', 'javascript:alert(1)', 'docs/nightly.md'],
})
const parsed = (form: 'slack' | 'discord' | 'json', one = news) => JSON.parse(bodyOf(form, one).body)
const long = message({ ...news, title: '<'.repeat(5000), text: '𝛿@*'.repeat(5000) })

test('in Slack nobody is mentioned, nothing is a link but the addresses, and formatting is off', () => {
  const { text, ...rest } = parsed('slack')
  expect(rest).toEqual({ mrkdwn: false, unfurl_links: false, unfurl_media: false })
  expect(text).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/)
  expect(text.split('\n').slice(0, 2).join()).not.toMatch(link)
  expect(text).toContain('&lt;!channel&gt;')
  expect(text.split('\n').slice(2)).toEqual([
    news.address,
    'https://github.com/my-lab/research/discussions/1?a=1&amp;b=%3C2%3E&amp;c=@d',
  ])
  expect(parsed('slack', long).text.length).toBeLessThanOrEqual(4000)
})

test('in Discord nobody is mentioned, all marks are escaped, and it fits in 2000 characters', () => {
  const { content, allowed_mentions, flags } = parsed('discord')
  expect({ allowed_mentions, flags }).toEqual({ allowed_mentions: { parse: [] }, flags: 4 })
  const [title = '', text = '', ...links] = content.split('\n')
  expect(title).toMatch(/^\*\*.*\*\*$/)
  for (const part of [title.slice(2, -2), text]) {
    expect(part).not.toMatch(/(?<!\\)[*_~`|<>[\]()#:]/)
    expect(part).not.toMatch(link)
  }
  expect(text.replaceAll(/\\(.)/g, '$1').replaceAll('\u200b', '')).toBe(hostile)
  expect(links).toEqual([`<${news.address}>`, '<https://github.com/my-lab/research/discussions/1?a=1&b=%3C2%3E&c=@d>'])
  const cut = parsed('discord', long).content
  expect(cut.length).toBeLessThanOrEqual(2000)
  // No escape and no letter is cut in two.
  expect(cut.isWellFormed()).toBe(true)
  expect(cut.split('\n')[0]).toMatch(/^\*\*(?:\\<)+…\*\*$/)
})

test('ntfy gets plain text of at most 4096 bytes, and headers in ASCII', () => {
  const { headers, body } = bodyOf('ntfy', news)
  const [text = ''] = body.split('\n')
  expect(text).not.toMatch(link)
  expect(text.replaceAll('\u200b', '')).toBe(hostile)
  expect(Object.values(headers).join('')).toMatch(/^[ -~]*$/)
  const words = headers.title?.split(' ') ?? []
  expect(words.every(word => word.length <= 75)).toBe(true)
  const decoded = words.map(word => Buffer.from(word.slice(10, -2), 'base64').toString('utf8')).join('')
  expect(decoded.replaceAll('\u200b', '')).toBe(news.title)
  expect(headers).toMatchObject({ click: news.address, priority: 'default' })
  expect(Buffer.byteLength(bodyOf('ntfy', long).body)).toBeLessThanOrEqual(4096)
  const plain = bodyOf('ntfy', message({ event: 'machine', title: 'nov21: stopped', text: 'x' })).headers
  expect(plain).toEqual({ 'content-type': 'text/plain; charset=utf-8', title: 'nov21: stopped', priority: 'high' })
})

test('a plain webhook gets the whole message by its schema', () => {
  expect(messageSchema.parse(parsed('json'))).toEqual(news)
})

test('keys and the names of this machine are in no message', () => {
  const key = `sk-ant-api03-${'aB3'.repeat(31)}AA`
  const { text } = message({ event: 'end', title: 't', text: `failed with ${key} in ${process.env.HOME}/lab` })
  expect(text).not.toContain(key)
  expect(text).not.toContain(`${process.env.HOME}/lab`)
})
