/**
 * A message in the form that a service takes. Titles and texts hold what agents and runs have said: nothing in them may
 * mention people, link or format. Pure.
 */
import type { Message } from './message.ts'
import type { Form } from './receiver.ts'

export interface Body {
  headers: Record<string, string>
  body: string
}

export const bodyOf = (form: Form, message: Message): Body =>
  form === 'json' ? json(message) : forms[form]({ ...message, title: inert(message.title), text: inert(message.text) })

const forms: Record<Exclude<Form, 'json'>, (message: Message) => Body> = {
  /**
   * https://docs.slack.dev/messaging/formatting-message-text: three characters have entities, and marks of formatting have
   * no escape, so that formatting is off.
   */
  slack: message => {
    const text = [shorten(message.title, 300, slackText), shorten(message.text, 3000, slackText)]
    const links = linksOf(message).map(url => [...url].map(slackText).join(''))
    return json({ text: withLinks(text, links, 4000), mrkdwn: false, unfurl_links: false, unfurl_media: false })
  },
  /** https://docs.discord.com/developers/resources/webhook#execute-webhook: `content` has at most 2000 characters. */
  discord: message => {
    const title = `**${shorten(message.title, 300, discordText)}**`
    const text = shorten(message.text, 1000, discordText)
    const lines = withLinks(
      [title, text],
      linksOf(message).map(url => `<${url}>`),
      2000,
    )
    // Nobody is notified by a name in it, and no link is previewed.
    return json({ content: lines, allowed_mentions: { parse: [] }, flags: SUPPRESS_EMBEDS })
  },
  /** https://docs.ntfy.sh/publish: a body of more than 4096 bytes would become an attached file. */
  ntfy: message => {
    const [click] = linksOf(message)
    const lines = withLinks([shorten(message.text, 2500, plain, bytes)], linksOf(message), 4000, bytes)
    return {
      headers: {
        'content-type': 'text/plain; charset=utf-8',
        title: encodedWords(shorten(message.title, 200, plain)),
        priority: message.event === 'machine' ? 'high' : 'default',
        ...(click === undefined ? {} : { click }),
      },
      body: lines,
    }
  },
}

const json = (value: unknown): Body => ({
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
})

/** A flag of Discord's messages. */
const SUPPRESS_EMBEDS = 1 << 2

/** In ASCII, without white space and angle brackets. */
const linksOf = ({ address, posts }: Message): string[] =>
  [...(address === null ? [] : [address]), ...posts]
    .flatMap(text => (URL.canParse(text) ? [new URL(text)] : []))
    .filter(({ protocol }) => /^https?:$/.test(protocol))
    .map(({ href }) => href)

/** Adds the links that there is room for, whole. */
function withLinks(lines: string[], links: string[], limit: number, sizeOf = length): string {
  let text = lines.join('\n')
  for (const link of links) if (sizeOf(text) + 1 + sizeOf(link) <= limit) text = `${text}\n${link}`
  return text
}

const length = (text: string): number => text.length
const bytes = (text: string): number => Buffer.byteLength(text)

/** The beginning of a text that has at most `limit` characters once each of its characters is escaped; cut with "…". */
function shorten(text: string, limit: number, mapLetter: (letter: string) => string, sizeOf = length): string {
  const letters = [...text].map(mapLetter)
  if (sizeOf(letters.join('')) <= limit) return letters.join('')
  let [kept, size] = ['', sizeOf('…')]
  for (const letter of letters) {
    size += sizeOf(letter)
    if (size > limit) break
    kept += letter
  }
  return `${kept}…`
}

const plain = (letter: string): string => letter

/** It cannot be seen, and parts a word for a service that reads it. */
const ZERO_WIDTH_SPACE = '\u200b'

/** Parts what a service would read as a mention, an address, or a name of a host, e.g. train.py. */
const inert = (text: string): string =>
  text.replace(/@|:(?=\/\/)|(?<=[\p{L}\p{N}])\.(?=\p{L})/gu, mark => `${mark}${ZERO_WIDTH_SPACE}`)

const entities: Partial<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }
const slackText = (letter: string): string => entities[letter] ?? letter

const discordText = (letter: string): string => ('\\*_~`|<>[]()#:-'.includes(letter) ? `\\${letter}` : letter)

/** A header's value in ASCII, as RFC 2047 encodes other text; a word has at most 75 characters. */
function encodedWords(text: string): string {
  if (/^[ -~]*$/.test(text) && !text.includes('=?')) return text
  const words: string[] = []
  let word = ''
  for (const letter of text) {
    if (bytes(word + letter) > 45) {
      words.push(word)
      word = ''
    }
    word += letter
  }
  return [...words, word].map(part => `=?UTF-8?B?${Buffer.from(part).toString('base64')}?=`).join(' ')
}
