import { expect, test } from 'vitest'
import { message } from '../../../scripts/publish/notify/message.ts'
import { post } from '../../../scripts/publish/notify/post.ts'
import { readReceiver, type Webhook } from '../../../scripts/publish/notify/receiver.ts'
import { closedPort, webhook } from '../../helpers/webhook.ts'

const news = message({ event: 'end', title: 'nov21 · H100: loss 2 → 1', text: 'Confirmed.' })
const timing = { timeout: 400, pause: 10, longest: 1000 }
const at = (url: string) => readReceiver({ url, command: null, as: 'json' }, {}) as Webhook
const send = (url: string) => post(at(url), news, timing)

test('a message arrives once, as JSON', async () => {
  const { address, got } = await webhook(response => response.writeHead(204).end())
  expect(await send(address)).toMatchObject({ ok: true, what: 'answered 204' })
  expect(got).toHaveLength(1)
  expect(got[0]?.headers['content-type']).toBe('application/json')
  expect(JSON.parse(got[0]?.body ?? '')).toEqual(news)
})

test('a server that refuses gets it once, and what it says is shown without the address', async () => {
  const { address, got } = await webhook((response, { path }) => response.writeHead(404).end(`no_service at ${path}`))
  const { ok, what } = await send(address)
  expect({ ok, what }).toEqual({ ok: false, what: 'answered 404 (“no_service at [address]”)' })
  expect(got).toHaveLength(1)
})

test('an error page and a long answer are cut', async () => {
  const page = await webhook(response => response.writeHead(403).end(`<html>${'x'.repeat(5000)}`))
  expect((await send(page.address)).what).toBe('answered 403 (“a page”)')
  const endless = await webhook(response => {
    response.writeHead(400)
    const more = () => response.write('y'.repeat(1000), () => response.destroyed || setImmediate(more))
    more()
  })
  expect((await send(endless.address)).what).toMatch(/^answered 400 \(“y{119}…”\)$/)
})

test('a port without a server is refused, after two tries', async () => {
  const { ok, what } = await send(`${await closedPort()}/services/s3cret`)
  expect({ ok, what }).toEqual({ ok: false, what: 'refused the connection, on a second try too' })
})

test('a server that says nothing is waited for once', async () => {
  const { address, got } = await webhook(() => {})
  expect(await send(address)).toMatchObject({ ok: false, what: 'gave no answer within 0.4 seconds' })
  expect(got).toHaveLength(1)
})

test('a server that begins an answer of refusal and never ends it is no longer waited for', async () => {
  const { address } = await webhook(response => response.writeHead(400).write('wait'))
  expect(await send(address)).toMatchObject({ ok: false, what: 'gave no answer within 0.4 seconds' })
})

test('a connection that is cut is tried once more', async () => {
  const cut = await webhook((response, _, before) => (before === 0 ? response.destroy() : response.end('ok')))
  expect(await send(cut.address)).toMatchObject({ ok: true, what: 'answered 200' })
  expect(cut.got).toHaveLength(2)
  const always = await webhook(response => response.destroy())
  expect((await send(always.address)).what).toBe('broke off the connection, on a second try too')
  expect(always.got).toHaveLength(2)
})

test('a busy server is tried once more, after as long as it asks for', async () => {
  const busy = await webhook((response, _, before) =>
    before === 0 ? response.writeHead(429, { 'retry-after': '0.05' }).end('slow down') : response.end('ok'),
  )
  expect(await send(busy.address)).toMatchObject({ ok: true })
  const broken = await webhook(response => response.writeHead(500).end())
  expect(await send(broken.address)).toMatchObject({ ok: false, what: 'answered 500, on a second try too' })
  expect(broken.got).toHaveLength(2)
  const long = await webhook(response => response.writeHead(429, { 'retry-after': '3600' }).end())
  expect(await send(long.address)).toMatchObject({ ok: false, what: 'answered 429, and asks to wait 3600 seconds' })
  const later = new Date(Date.now() + 3_600_000).toUTCString()
  const dated = await webhook(response => response.writeHead(503, { 'retry-after': later }).end())
  expect((await send(dated.address)).what).toMatch(/^answered 503, and asks to wait 3[56]\d\d seconds$/)
  expect([long.got, dated.got].map(got => got.length)).toEqual([1, 1])
})

test('the address goes to no other host by a redirect', async () => {
  const other = await webhook()
  const hook = await webhook((response, { path }) =>
    response.writeHead(307, { location: `${other.origin}${path}` }).end(),
  )
  const { ok, what } = await send(hook.address)
  expect({ ok, what }).toEqual({
    ok: false,
    what: `redirects to ${new URL(other.origin).host}, which is not followed: the address is a secret`,
  })
  expect(other.got).toEqual([])
})

test('a redirect on the same host is followed where it keeps the message, three times at most', async () => {
  const hook = await webhook((response, { path }) =>
    path === '/new' ? response.end('ok') : response.writeHead(308, { location: '/new' }).end(),
  )
  expect(await send(hook.address)).toMatchObject({ ok: true, what: 'answered 200' })
  expect(JSON.parse(hook.got[1]?.body ?? '')).toEqual(news)
  const page = await webhook(response => response.writeHead(302, { location: '/login' }).end())
  expect((await send(page.address)).what).toMatch(/^answered 302, a redirect to another path/)
  expect(page.got).toHaveLength(1)
  const loop = await webhook(response => response.writeHead(307, { location: '/again' }).end())
  expect((await send(loop.address)).what).toBe('redirects again and again')
  expect(loop.got).toHaveLength(4)
  const odd = await webhook(response => response.writeHead(307, { location: 'javascript:alert(1)' }).end())
  expect((await send(odd.address)).what).toMatch(/^redirects to javascript:, which is not followed/)
})

test('a name and a password in the address become a header', async () => {
  const { origin, got } = await webhook()
  expect(await send(`${origin.replace('//', '//me:p%40ss@')}/topic`)).toMatchObject({ ok: true })
  expect(got[0]?.headers.authorization).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`)
})

test('of a name and a password that a server repeats, nothing is shown', async () => {
  const { origin } = await webhook((response, { headers }) => {
    const decoded = Buffer.from(headers.authorization?.slice(6) ?? '', 'base64').toString()
    response.writeHead(403).end(`got ${headers.authorization}, which is ${decoded}, or ${decoded.slice(3)}`)
  })
  expect((await send(`${origin.replace('//', '//me:hunter22@')}/topic`)).what).toBe(
    'answered 403 (“got Basic [address], which is [address], or [address]”)',
  )
})
