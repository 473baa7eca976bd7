/** Posted pages, built by Starlight and by MkDocs Material as docs/publishing.md configures them. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { notebook } from '../../../scripts/lib/paths.ts'
import { sanitizeText } from '../../../scripts/lib/text.ts'
import { files } from '../../../scripts/record/files/paths.ts'
import { buildMkDocs, buildStarlight, deadAddresses, mkdocsMissing, readPage } from '../../helpers/docsSites.ts'
import { writeSession } from '../../helpers/exampleSessions.ts'
import { hostileDescriptions } from '../../helpers/hostile.ts'
import { nightshift, scratch, untilLast } from '../../helpers/throwaway.ts'

/** What these generators and their extensions would make something of, besides what GitHub would. */
const more = [
  '{ #id .class onclick=alert(1) }',
  '{: onmouseover=alert(1) }',
  '{{ 7*7 }} {% raw %} {# x #}',
  '--8<-- "mkdocs.yml"',
  '!!! danger "x"',
  '??? note',
  '=== "Tab"',
  '/// details | x',
  '++ctrl+alt+del++ ==marked== ^^inserted^^ H~2~O x^2^',
  '[[wiki]] *[HTML]: Hyper',
  ':material-account: :octicons-alert-16:',
  '<script>window.pwned = 1</script>',
  '<details open ontoggle=alert(1)>',
  '<div markdown="1">**x**</div>',
  'import x from "y"; export const z = {x}',
  '</title><script>alert(1)</script>',
  '1. one',
  ': definition',
  '&lt;b&gt; &amp;amp; &#60;',
]
const hostile = [...hostileDescriptions.map(([, text]) => text), ...more]
/** Logs of experiments of the other session. One line of the first asks MkDocs for a file. */
const logs = ['  --8<-- "mkdocs.yml"\n--8<--\n', ''].map(
  line =>
    `step 1\n\`\`\`\n~~~~\n</code></pre><script>window.pwned = 1</script>\n${line}{{ 7*7 }} {% raw %} &lt;\n# x @octocat\n\n    y`,
)
const ids = { hostile: '2026-11-20-h100-kqzt-nov20', other: '2026-11-18-cpu-abcd-nov18' }

const finished = untilLast()
/** Folder of the posted pages, by form. */
const posted = new Map<string, string>()

beforeAll(async () => {
  const folder = await scratch(finished)
  const root = join(folder, 'repo')
  await mkdir(root)
  const sessions = join(folder, 'sessions')
  const descriptions = Object.fromEntries(hostile.map((text, i) => [i + 1, text]))
  await writeSession(sessions, { id: ids.hostile, experiments: hostile.length + 1, descriptions })
  await writeSession(sessions, { id: ids.other, experiments: 6, startedAt: '2026-11-18T22:03:10Z' })
  // Without the logs of a hundred experiments the pages are built sooner.
  for (const i of hostile.keys()) await rm(files.log(join(sessions, ids.hostile), i + 1, 1), { force: true })
  for (const [i, log] of logs.entries()) await writeFile(files.log(join(sessions, ids.other), i + 1, 1), log)
  for (const form of ['starlight', 'mkdocs']) {
    const out = join(folder, form)
    const args = [ids.other, ids.hostile, '--to', 'docs', '--out', out, '--front-matter', form, '--with-logs', '--yes']
    const { stderr } = await nightshift(root, 'post', args)
    expect(stderr).not.toContain('error')
    posted.set(form, out)
  }
}, 60_000)

/** mkdocs.yml as documented. */
async function documented(): Promise<string> {
  const docs = await readFile(join(notebook, 'docs/publishing.md'), 'utf8')
  const found = [...docs.matchAll(/```yaml\n(.*?)```/gs)].find(([, text]) => text?.includes('site_name'))
  return found?.[1] ?? ''
}

/** The same with the extensions that Material's own documentation recommends, and others that act on text. */
const everyExtension = `
markdown_extensions:
  - abbr
  - admonition
  - attr_list
  - def_list
  - footnotes
  - md_in_html
  - smarty
  - toc: { permalink: true }
  - pymdownx.arithmatex: { generic: true }
  - pymdownx.betterem
  - pymdownx.blocks.details
  - pymdownx.blocks.tab
  - pymdownx.caret
  - pymdownx.details
  - pymdownx.emoji
  - pymdownx.highlight
  - pymdownx.inlinehilite
  - pymdownx.keys
  - pymdownx.magiclink: { repo_url_shorthand: true, user: octocat, repo: hello-world, social_url_shorthand: true }
  - pymdownx.mark
  - pymdownx.smartsymbols
  - pymdownx.snippets
  - pymdownx.superfences
  - pymdownx.tabbed: { alternate_style: true }
  - pymdownx.tasklist: { custom_checkbox: true }
  - pymdownx.tilde
  - wikilinks
`

/** What a page may hold: our own Markdown, and what the generators add to it. */
const allowed =
  'h1 h2 h3 p ul ol li table thead tbody tr th td pre code strong em blockquote img a span div button svg path figure figcaption'.split(
    ' ',
  )

/** Everything in a page that did something, with the place. */
function activeParts(content: Element): string[] {
  const found: string[] = []
  for (const element of content.querySelectorAll('*')) {
    const name = element.tagName.toLowerCase()
    // Starlight's own style and script of code blocks.
    if (/^\/_astro\/ec\./.test(element.getAttribute('href') ?? element.getAttribute('src') ?? '')) continue
    if (!allowed.includes(name)) found.push(`<${name}> in “${element.parentElement?.textContent}”`)
    for (const { name, value } of element.attributes)
      if (/^on/i.test(name) || /^\s*javascript:/i.test(value)) found.push(`${name} in “${element.textContent}”`)
  }
  return found
}

/** Text as it is compared: generators set quotation marks, dashes and ellipses. */
const comparable = (text: string): string =>
  text
    .replace(/[“”"]/g, '"')
    .replace(/[‘’'′]/g, "'")
    .replace(/\.\.\.|…/g, '…')
    .replace(/[-–—]+/g, '-')
    .replace(/\s+/g, ' ')

/** The text of a code block. Starlight makes an element of each line, and ends none with a line feed. */
const codeIn = (block: Element): string => {
  const lines = [...block.querySelectorAll('.ec-line')].map(line => line.textContent?.replace(/\n$/, ''))
  return (lines.length > 0 ? lines.join('\n') : (block.textContent ?? '')).replace(/\n$/, '')
}

/** The cells of the log that show the descriptions. */
const descriptionsIn = (content: Element): string[] =>
  [...([...content.querySelectorAll('table')].at(-1)?.querySelectorAll('tbody tr') ?? [])].map(row =>
    comparable(row.children[6]?.textContent ?? ''),
  )

async function check(site: string, selector: string): Promise<void> {
  const page = join('reports', ids.hostile, 'index.html')
  const { document, content } = await readPage(join(site, page), selector)
  expect(document.querySelector('h1')?.textContent).toMatch(/^nov20 · H100: val_bpb .* confirmed on 3 new seeds/)
  expect(document.querySelector('meta[name=description]')?.getAttribute('content')).toMatch(/^val_bpb /)
  const titles = [...content.querySelectorAll('h2')].map(title => title.textContent?.replace(/¶$/, ''))
  expect(titles).toEqual(expect.arrayContaining(['What was kept', 'What is not proven', 'Full log']))
  const pictures = [...content.querySelectorAll('img')]
  expect(pictures.map(picture => picture.getAttribute('alt'))).toEqual([
    expect.stringMatching(/^Best val_bpb so far over \d+ experiments/),
    expect.stringMatching(/^What each kept change added to val_bpb/),
    expect.stringMatching(/./),
  ])
  expect(deadAddresses(site, page, content)).toEqual([])
  expect(activeParts(content)).toEqual([])
  expect(descriptionsIn(content).slice(1)).toEqual(
    hostile.map(text => comparable(sanitizeText(text.replace(/[\p{Cf}\p{Co}\p{Cs}]/gu, ''), 160))),
  )
  const other = await readPage(join(site, 'reports', ids.other, 'index.html'), selector)
  expect(activeParts(other.content)).toEqual([])
  const blocks = [...other.content.querySelectorAll('pre')].map(codeIn)
  for (const log of logs) expect(blocks).toContain(log)
  const index = await readPage(join(site, 'reports/index.html'), selector)
  expect(deadAddresses(site, 'reports/index.html', index.content)).toEqual([])
  const links = [...index.content.querySelectorAll('li a')].map(link => link.textContent)
  expect(links.slice(-2)).toEqual(['nov20 · H100', 'nov18 · CPU'])
}

const missing = await mkdocsMissing()

test('Starlight builds the pages: headings, figures and links are there, and no description does anything', {
  timeout: 60_000,
}, async () => {
  const site = await buildStarlight(posted.get('starlight') ?? '', finished)
  await check(site, '.sl-markdown-content')
})

test('MkDocs Material builds them with --strict', { timeout: 60_000 }, async ({ skip }) => {
  if (missing !== null) skip(missing)
  const site = await buildMkDocs(await documented(), posted.get('mkdocs') ?? '', finished)
  await check(site, 'article')
})

test('nor does any with all extensions of MkDocs Material', { timeout: 60_000 }, async ({ skip }) => {
  if (missing !== null) skip(missing)
  const site = await buildMkDocs(`${await documented()}${everyExtension}`, posted.get('mkdocs') ?? '', finished)
  await check(site, 'article')
})
