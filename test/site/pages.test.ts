/** The built site of a small notebook, in a real browser and from disk, as its reader opens it. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { execa } from 'execa'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nights, writeNotebook } from '../notebook.ts'
import { launch } from './chromium.ts'

let scratch: string
let out: string
let browser: Browser
let build: { stderr: string; stdout: string }

const site = (sessions: string, to: string) =>
  execa(process.execPath, ['scripts/site.ts', '--sessions', sessions, '--out', to, '--json'])

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'nightshift-pages-'))
  out = join(scratch, 'out')
  await writeNotebook(join(scratch, 'sessions'))
  build = await site(join(scratch, 'sessions'), out)
  browser = await launch()
}, 120_000)

afterAll(async () => {
  await browser?.close()
  await rm(scratch, { recursive: true, force: true })
})

/** Side heads that lie on text of their section; run in the page. */
const coveredHeads = () =>
  [...document.querySelectorAll('section > h2')].flatMap(head => {
    const range = document.createRange()
    range.selectNodeContents(head)
    const a = range.getBoundingClientRect()
    const texts = head.parentElement?.querySelectorAll('th, td, p, li, pre, svg, label') ?? []
    const on = [...texts].find(text => {
      const b = text.getBoundingClientRect()
      return b.width > 0 && a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1
    })
    return on ? [`${head.textContent} on ${on.textContent?.trim().slice(0, 30)}`] : []
  })

describe('the files', () => {
  test('one result, and the session that cannot be read is named', () => {
    expect(JSON.parse(build.stdout)).toMatchObject({ nights: 7, out, index: join(out, 'index.html') })
    expect(build.stderr).toContain(`left out: ${nights.broken}/session.json is not JSON`)
  })

  test('a page for each night and each experiment, and the records beside them', async () => {
    const pages = await readdir(join(out, 'sessions', nights.long))
    expect(pages.filter(name => name.endsWith('.html'))).toHaveLength(126)
    expect(pages).toContain('experiments.jsonl')
    expect(await readFile(join(out, 'sessions', nights.long, '0002/curve.csv'), 'utf8')).toMatch(
      /^step,seconds,loss\n0,0,/,
    )
    expect(await readdir(join(out, 'sessions'))).toContain(`${nights.running}.html`)
  })

  test('every link and anchor leads somewhere inside the notebook', async () => {
    const files = (await readdir(out, { recursive: true })).filter(name => name.endsWith('.html'))
    expect(files.length).toBeGreaterThan(190)
    const texts = new Map<string, string>()
    for (const name of files) texts.set(join(out, name), await readFile(join(out, name), 'utf8'))
    const others = new Set((await readdir(out, { recursive: true })).map(name => join(out, name)))
    const dead: string[] = []
    for (const [file, text] of texts)
      for (const [, href = ''] of text.matchAll(/ (?:href|src)="([^"]*)"/g)) {
        // What a host shows for any address begins at the notebook's root.
        if (href === 'data:,' || (file === join(out, '404.html') && href.startsWith('/'))) continue
        const [path = '', anchor] = href.split('#')
        const target = path === '' ? file : resolve(dirname(file), decodeURIComponent(path))
        const found = others.has(target) && (anchor === undefined || texts.get(target)?.includes(` id="${anchor}"`))
        if (!found || href.startsWith('/') || href.includes(':')) dead.push(`${file}: ${href}`)
      }
    expect(dead).toEqual([])
  })

  test('no page names a folder of this machine', async () => {
    for (const name of ['index.html', `sessions/${nights.long}.html`, `sessions/${nights.long}/0002.html`])
      expect(await readFile(join(out, name), 'utf8')).not.toContain(scratch)
  })

  test('a notebook without sessions says how to make one', async () => {
    const empty = join(scratch, 'empty')
    await site(join(scratch, 'none'), empty)
    expect(await readFile(join(empty, 'index.html'), 'utf8')).toContain('npx pnpm demo')
  })
})

describe('in the browser', () => {
  test('home answers what happened last night and leads to the night and its experiments', async () => {
    await visit('index.html', {}, async page => {
      expect((await page.textContent('h1'))?.trim()).toMatch(/^−0\.\d+ ± 0\.\d+ bits\/byte$/)
      expect(await page.textContent('.basis')).toContain('Confirmed change in val_bpb with its 95% interval')
      const facts = await page.textContent('.facts')
      expect(await page.textContent('.answer.holdout')).toMatch(/−0\.\d+ ± 0\.\d+\s+on the holdout/)
      expect(facts).toMatch(/Claimed−0\.\d+/)
      expect(await page.locator('#nights tbody tr').count()).toBe(6)
      expect(await page.locator('.broken').textContent()).toContain(nights.broken)
      await page.click('text=Read the night.')
      await page.waitForURL(url => url.href.includes(`sessions/${nights.last}.html`))
      await page.click('.ledger tbody tr:nth-child(3) a')
      await page.waitForURL(url => url.href.includes(`${nights.last}/0002.html`))
      expect(await page.textContent('h1')).toBe('<script>window.pwned = 1</script>')
      await page.click('[rel=next]')
      await page.waitForURL(url => url.href.includes('0003.html'))
      expect(await page.textContent('h1')).toBe('red "><img src=x onerror="window.pwned=1"> turned round')
    })
  })

  test('an experiment shows verdict, diff with changed words, loss, runs and the cleaned end of its log', async () => {
    await visit(`sessions/${nights.long}/0002.html`, {}, async page => {
      expect(await page.textContent('.lede')).toMatch(/^(Kept|Discarded)\. val_bpb/)
      expect(await page.textContent('.facts')).toMatch(/Best before0\.\d{6}/)
      expect(await page.locator('.diff del').allTextContents()).toContain('2')
      expect(await page.locator('.diff ins').allTextContents()).toContain('4')
      expect(await page.locator('.diff .t-comment').first().textContent()).toContain('<img src=x')
      expect(await page.locator('svg.plot').first().getAttribute('aria-label')).toContain('best then')
      expect(await page.textContent('.log')).toMatch(/^step 3 \| loss 2\.91 <script>/)
    })
  })

  test('the ledger sorts by its heads, both ways, with gaps last', async () => {
    await visit(`sessions/${nights.long}.html`, {}, async page => {
      const column = () =>
        page.$$eval('.ledger tbody tr', rows => rows.map(r => r.children[3]?.getAttribute('data-value') ?? ''))
      const sorted = (down: boolean) => async () => {
        const values = await column()
        const known = values.filter(v => v !== '').map(Number)
        expect(values.slice(known.length).every(v => v === '')).toBe(true)
        expect(known).toEqual([...known].sort((a, b) => (down ? b - a : a - b)))
      }
      expect((await column()).length).toBe(126)
      await page.click('.ledger th >> text=val_bpb')
      await sorted(false)()
      expect(await page.getAttribute('.ledger th:nth-child(4)', 'aria-sort')).toBe('ascending')
      await page.click('.ledger th >> text=val_bpb')
      await sorted(true)()
      await page.click('.ledger th >> text=#')
      expect(await page.locator('.ledger tbody tr').first().getAttribute('id')).toBe('e0')
    })
  })

  test('the ledger filters by status', async () => {
    await visit(`sessions/${nights.long}.html`, {}, async page => {
      const visible = () => page.locator('.ledger tbody tr:visible').count()
      expect(await visible()).toBe(126)
      const label = await page.locator('.filters label', { hasText: 'discarded' }).textContent()
      await page.click('.filters >> text=discarded')
      expect(await visible()).toBe(Number(label?.match(/\d+/)?.[0]))
      await page.click('.filters >> text=all')
      expect(await visible()).toBe(126)
    })
  })

  test('the ledger filters by words and by theme, together with the status', async () => {
    await visit(`sessions/${nights.long}.html`, {}, async page => {
      const numbers = () =>
        page.$$eval('.ledger tbody tr', rows => rows.filter(r => r.checkVisibility()).map(r => r.id))
      await page.fill('.ledger input[type=search]', 'heads good')
      const found = await numbers()
      expect(found.length).toBeGreaterThan(0)
      for (const id of found) expect(await page.textContent(`#${id} .what`)).toMatch(/HEADS .*good/)
      expect(await page.textContent('.ledger output')).toBe(`${found.length} of 126`)
      await page.click('.filters >> text=discarded')
      expect(await numbers()).toEqual([])
      await page.click('.filters >> text=all')
      await page.fill('.ledger input[type=search]', '')
      const option = page.locator('.ledger option').nth(1)
      const [theme, count] = (await option.textContent())?.split(' ') ?? []
      await page.selectOption('.ledger select', theme ?? '')
      expect(await numbers()).toHaveLength(Number(count))
      expect(await page.locator('.ledger tr:visible td:nth-child(7)').first().textContent()).toBe(theme)
    })
  })

  test('a night shows what each kept change added, claim against confirmation, and where its hours went', async () => {
    await visit(`sessions/${nights.long}.html`, {}, async page => {
      const section = (title: string) => page.locator('main > section', { has: page.locator(`h2:text-is("${title}")`) })
      const kept = section('What was kept').locator('figure').first()
      expect(await kept.locator('svg:visible').textContent()).toMatch(
        /claimed by the records.*confirmed on unused seeds/,
      )
      expect(await kept.locator('figcaption').textContent()).toMatch(
        /^\s*Of the claimed −0\.\d+, −0\.\d+ ± 0\.\d+ is confirmed/,
      )
      const hours = section('The night').locator('figure')
      expect(await hours.locator('figcaption').textContent()).toMatch(
        /^\s*Training filled \d+% of 12 h .* A line is an hour/,
      )
    })
  })

  test('an experiment says how sure its verdict is and leads on by time, branch, knob and theme', async () => {
    await visit(`sessions/${nights.long}/0016.html`, {}, async page => {
      expect(await page.textContent('main')).toMatch(
        /It rests on one run against one of the best then, experiment \d+\./,
      )
      expect(await page.textContent('main')).toMatch(/chance that its gain is real is >?\d+%: /)
      const ways = await page.locator('.turn div > :first-child').allTextContents()
      expect(ways).toEqual(['In time', 'On the branch', 'LEARNING_RATE', 'Theme optimizer'])
      await page.click('.turn div:nth-child(3) > :last-child')
      await page.waitForURL(url => url.href.includes('0024.html'))
      await page.click('.turn >> text=Theme optimizer')
      // The click returns before the next page's script has read its address.
      await page.waitForFunction(
        () => document.querySelector<HTMLSelectElement>('.ledger select')?.value === 'optimizer',
      )
    })
  })

  test('a knob answers what is known of it over all nights, and each try is a link', async () => {
    await visit('knobs/index.html', {}, async page => {
      await page.fill('section:first-of-type input[type=search]', 'learning')
      expect(await page.locator('section:first-of-type tbody tr:visible').count()).toBe(1)
      await page.click('section:first-of-type tbody tr:visible a')
      await page.waitForURL(url => url.href.includes('/LEARNING_RATE.html'))
      expect(await page.textContent('.lede')).toMatch(/^\d+ is the best of \w+ values: −0\.\d+% in val_bpb against 8\./)
      expect(await page.textContent('.facts')).toMatch(/Nights3/)
      expect(await page.locator('figure svg:visible').getAttribute('aria-label')).toContain('by value of LEARNING_RATE')
      await page.click('tbody tr:nth-child(2) td:nth-child(3) a')
      await page.waitForURL(url => url.href.includes(`${nights.long}/0008.html`))
    })
  })

  test('nights without a confirmed gain say so in words', async () => {
    const heads = {
      [nights.accuracy]: 'No confirmed gain',
      [nights.nothing]: 'Nothing kept',
      [nights.running]: 'Still running',
    }
    for (const [id, words] of Object.entries(heads))
      await visit(`sessions/${id}.html`, {}, async page => expect(await page.textContent('h1')).toBe(words))
  })

  test.each([
    [320, 'light'],
    [390, 'light'],
    [390, 'dark'],
    [1440, 'light'],
    [1440, 'dark'],
  ] as const)('nothing scrolls sideways at %i pixels in %s', async (width, colorScheme) => {
    for (const name of [
      'index',
      `sessions/${nights.long}`,
      `sessions/${nights.long}/0003`,
      `sessions/${nights.nothing}/0000`,
      'knobs/index',
      'knobs/trainer-train-py/LEARNING_RATE',
    ])
      await visit(`${name}.html`, { width, colorScheme }, async page => {
        const [over, paper] = await page.evaluate(() => [
          document.documentElement.scrollWidth - window.innerWidth,
          getComputedStyle(document.documentElement).backgroundColor,
        ])
        expect(over).toBe(0)
        expect(await page.evaluate(coveredHeads)).toEqual([])
        expect(paper).toBe(colorScheme === 'dark' ? 'rgb(22, 21, 19)' : 'rgb(253, 252, 248)')
        const shown = await page.locator('figure svg.plot:visible').count()
        expect(shown).toBe(await page.locator('figure').count())
      })
  })

  test('the policy of a page stops a script that is not its own', async () => {
    const page = await browser.newPage()
    await page.goto(pathToFileURL(join(out, 'index.html')).href)
    const ran = await page.evaluate(() => {
      const script = document.createElement('script')
      script.textContent = 'window.foreign = true'
      document.body.append(script)
      return 'foreign' in window
    })
    expect(ran).toBe(false)
    await page.close()
  })
})

/** Opens a page from disk; afterwards nothing may have been logged, failed, asked of a host, or run from the data. */
async function visit(
  name: string,
  { width = 1440, colorScheme = 'light' }: { width?: number; colorScheme?: 'light' | 'dark' },
  look: (page: Page) => Promise<void>,
): Promise<void> {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme })
  const trouble: string[] = []
  page.on('console', message => trouble.push(`${message.type()}: ${message.text()}`))
  page.on('pageerror', error => trouble.push(String(error)))
  page.on('requestfailed', request => trouble.push(`failed: ${request.url()}`))
  page.on('request', request => {
    if (!request.url().startsWith(pathToFileURL(out).href) && request.url() !== 'data:,') trouble.push(request.url())
  })
  try {
    await page.goto(pathToFileURL(join(out, name)).href)
    await look(page)
    expect(await page.evaluate(() => 'pwned' in window)).toBe(false)
    expect(trouble).toEqual([])
  } finally {
    await page.close()
  }
}
