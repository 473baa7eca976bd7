/** Each kind of page in a real browser, opened from disk. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSite, type Site } from '../../helpers/browser.ts'
import { builtSite } from '../../helpers/builtSite.ts'
import { sessions } from '../../helpers/exampleSessions.ts'

let site: Site

beforeAll(async () => {
  site = await openSite((await builtSite()).out)
}, 120_000)
afterAll(() => site?.close())

test('home shows the result of the last session and links to it and its experiments', async () => {
  await site.visit('index.html', async page => {
    expect((await page.textContent('h1'))?.trim()).toMatch(/^val_bpb\s0\.\d+\s→\s0\.\d+,\s\d\.\d%\slower$/)
    const text = (await page.textContent('main')) ?? ''
    expect(text).toMatch(/Confirmed on \d+ new seeds\. Holdout: /)
    expect(text).toMatch(/The change is −0\.\d+ ± 0\.\d+ val_bpb \(95% interval\)/)
    expect(text).toMatch(/best single run 0\.\d+/)
    expect(await page.locator('#sessions tbody tr').count()).toBe(6)
    expect(await page.locator('.broken').textContent()).toContain(sessions.broken)
    await page.click('text=Read the session')
    await page.waitForURL(url => url.href.includes(`sessions/${sessions.last}.html`))
    await page.click('.ledger tbody tr:nth-child(3) a')
    await page.waitForURL(url => url.href.includes(`${sessions.last}/0002.html`))
    expect(await page.textContent('h1')).toBe('<script>window.pwned = 1</script>')
    await page.click('[rel=next]')
    await page.waitForURL(url => url.href.includes('0003.html'))
    expect(await page.textContent('h1')).toBe('red "><img src=x onerror="window.pwned=1"> turned round')
  })
})

test('an experiment shows verdict, diff with changed words, loss, runs and the sanitized end of its log', async () => {
  await site.visit(`sessions/${sessions.long}/0002.html`, async page => {
    expect(await page.textContent('.lede')).toMatch(/^(Kept|Discarded)\. val_bpb/)
    expect(await page.textContent('.facts')).toMatch(/Best before0\.\d{6}/)
    expect(await page.locator('.diff del').allTextContents()).toContain('2')
    expect(await page.locator('.diff ins').allTextContents()).toContain('4')
    expect(await page.locator('.diff .t-comment').first().textContent()).toContain('<img src=x')
    expect(await page.locator('svg.plot').first().getAttribute('aria-label')).toContain('best so far')
    expect(await page.textContent('.log')).toMatch(/^step 3 \| loss 2\.91 <script>/)
  })
})

test('a session shows the gain of each kept change, claim and confirmation, and where its hours went', async () => {
  await site.visit(`sessions/${sessions.long}.html`, async page => {
    const section = (title: string) => page.locator('main > section', { has: page.locator(`h2:text-is("${title}")`) })
    const kept = section('What was kept').locator('figure').first()
    expect(await kept.locator('svg:visible').textContent()).toMatch(/best single run.*confirmed on new seeds/)
    expect(await kept.locator('figcaption').textContent()).toMatch(/^\s*−0\.\d+ ± 0\.\d+ is confirmed/)
    await page.click('#session > summary')
    const hours = page.locator('#session figure')
    expect(await hours.locator('figcaption').textContent()).toMatch(
      /^\s*Training filled \d+% of 12 h .* A line is an hour/,
    )
  })
})

test('an experiment shows the evidence for its verdict and links to neighbours by time, branch, knob and theme', async () => {
  await site.visit(`sessions/${sessions.long}/0016.html`, async page => {
    expect(await page.textContent('main')).toMatch(
      /It rests on one run against one of the best so far, experiment \d+\./,
    )
    expect(await page.textContent('main')).toMatch(
      /the probability that its gain is above zero, P\(real\), is >?\d+%\. Its label is “/,
    )
    const neighbours = await page.locator('.neighbours div > :first-child').allTextContents()
    expect(neighbours).toEqual(['In time', 'On the branch', 'LEARNING_RATE', 'Theme optimizer'])
    await page.click('.neighbours div:nth-child(3) > :last-child')
    await page.waitForURL(url => url.href.includes('0024.html'))
    await page.click('.neighbours >> text=Theme optimizer')
    // The click returns before the next page's script has read the URL.
    await page.waitForFunction(() => document.querySelector<HTMLSelectElement>('.ledger select')?.value === 'optimizer')
  })
})

test('a knob shows its response over all sessions, with a link for each try', async () => {
  await site.visit('knobs/index.html', async page => {
    await page.fill('section:first-of-type input[type=search]', 'learning')
    expect(await page.locator('section:first-of-type tbody tr:visible').count()).toBe(1)
    await page.click('section:first-of-type tbody tr:visible a')
    await page.waitForURL(url => url.href.includes('/LEARNING_RATE.html'))
    expect(await page.textContent('.lede')).toMatch(
      /^No effect above noise: of the values from 8 to 128 none is measurably better than another\./,
    )
    expect(await page.textContent('.facts')).toMatch(/Sessions3/)
    expect(await page.locator('figure svg:visible').getAttribute('aria-label')).toContain('by value of LEARNING_RATE')
    await page.click('tbody tr:nth-child(2) td:nth-child(3) a')
    await page.waitForURL(url => url.href.includes(`${sessions.long}/0008.html`))
  })
})

test('sessions without a confirmed gain say so in words', async () => {
  const heads = {
    [sessions.accuracy]: /^Inconclusive: accuracy\s/,
    [sessions.nothing]: /^Nothing/,
    [sessions.running]: /^Running: /,
  }
  for (const [id, words] of Object.entries(heads))
    await site.visit(`sessions/${id}.html`, async page => expect(await page.textContent('h1')).toMatch(words))
})

test('the policy of a page blocks foreign scripts', async () => {
  const page = await site.browser.newPage()
  await page.goto(site.url('index.html'))
  const ran = await page.evaluate(() => {
    const script = document.createElement('script')
    script.textContent = 'window.foreign = true'
    document.body.append(script)
    return 'foreign' in window
  })
  expect(ran).toBe(false)
  await page.close()
})
