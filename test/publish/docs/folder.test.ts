/** What a post writes, leaves and refuses in a folder of docs that others use, too. */
import { mkdir, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { filesOf } from '../../../scripts/publish/docs/files.ts'
import { applyChanges, type Changes, plannedChanges } from '../../../scripts/publish/docs/folder.ts'
import { manifestFile, readManifest } from '../../../scripts/publish/docs/manifest.ts'
import { figureFile, pageName } from '../../../scripts/publish/docs/names.ts'
import type { Page } from '../../../scripts/publish/docs/pages.ts'
import type { FrontMatter } from '../../../scripts/publish/request.ts'
import { heading, paragraph } from '../../../scripts/report/nodes.ts'
import { scratch, write } from '../../helpers/throwaway.ts'

function page(id: string, date: string, text = 'Found something.', figures = ['frontier']): Page {
  const name = pageName(`session ${id}`)
  const paths = figures.map(figure => figureFile(name, figure))
  return {
    key: `session ${id}`,
    name,
    title: `${id} · H100`,
    heading: `${id} · H100: val_bpb 2 → 1`,
    answer: 'val_bpb 2 → 1.',
    date,
    about: 'session',
    tree: { type: 'root', children: [heading(2, 'Found'), paragraph(text)] },
    images: new Map(),
    figures: paths,
    pictures: new Map(paths.map(path => [path, `<svg><!-- ${path} ${text} --></svg>`])),
  }
}

async function post(folder: string, pages: Page[], form: FrontMatter = 'mkdocs'): Promise<Changes> {
  const before = await readManifest(folder)
  const { wanted, dropped, manifest } = await filesOf(pages, form, folder, before)
  const changes = await plannedChanges(folder, wanted, dropped, before)
  await applyChanges(folder, wanted, changes, manifest, before)
  return changes
}

const read = (folder: string, path: string) => readFile(join(folder, path), 'utf8')
const oldTime = new Date('2026-01-01T00:00:00Z')
const isUntouched = async (path: string) => (await stat(path)).mtimeMs === oldTime.getTime()

test('the index lists all sessions posted to the folder, the newest first, and forgets a removed page', async () => {
  const folder = await scratch()
  await post(folder, [page('first', '2026-11-18')])
  await post(folder, [page('second', '2026-11-20')])
  expect(await read(folder, 'index.md')).toContain(`- 2026-11-20: [second · H100](second.md): val_bpb 2 → 1.
- 2026-11-18: [first · H100](first.md): val_bpb 2 → 1.
`)
  await rm(join(folder, 'first.md'))
  await post(folder, [page('third', '2026-11-21')])
  expect([...(await read(folder, 'index.md')).matchAll(/\[(\w+) /g)].map(([, name]) => name)).toEqual([
    'third',
    'second',
  ])
})

test('posting again updates changed files only, and leaves those of others alone', async () => {
  const folder = await scratch()
  await write(folder, { 'guide.md': 'ours', 'figures/team.svg': '<svg/>' })
  await post(folder, [page('first', '2026-11-18', 'one', ['frontier', 'waterfall']), page('second', '2026-11-20')])
  const all = (await readdir(folder, { recursive: true, withFileTypes: true })).filter(entry => entry.isFile())
  const paths = all.map(entry => join(entry.parentPath, entry.name))
  for (const path of paths) await utimes(path, oldTime, oldTime)

  const same = await post(folder, [page('second', '2026-11-20')])
  expect(same).toMatchObject({ created: [], updated: [], removed: [] })
  for (const path of paths) expect(await isUntouched(path), path).toBe(true)

  const changed = await post(folder, [page('first', '2026-11-18', 'two')])
  expect(changed).toMatchObject({
    updated: ['first.md', 'figures/first-frontier.svg'],
    unchanged: ['index.md'],
    removed: ['figures/first-waterfall.svg'],
  })
  for (const path of ['second.md', 'figures/second-frontier.svg', 'index.md', 'guide.md', 'figures/team.svg'])
    expect(await isUntouched(join(folder, path)), path).toBe(true)
  expect(await readdir(join(folder, 'figures'))).toEqual(['first-frontier.svg', 'second-frontier.svg', 'team.svg'])
})

test('a page that a person edited, or a file of theirs in its place, is an error that writes nothing', async () => {
  const folder = await scratch()
  await post(folder, [page('first', '2026-11-18')])
  await writeFile(join(folder, 'first.md'), 'my notes')
  await expect(post(folder, [page('first', '2026-11-18', 'two')])).rejects.toThrow(/^first\.md in .* was edited after/)
  expect(await read(folder, 'first.md')).toBe('my notes')
  expect(await read(folder, 'figures/first-frontier.svg')).toContain('Found something.')

  await write(folder, { 'second.md': 'a page of the team' })
  await expect(post(folder, [page('second', '2026-11-20')])).rejects.toThrow(/has second\.md, which .* did not write/)
  expect(await read(folder, 'second.md')).toBe('a page of the team')
  // A post of another session goes on.
  await expect(post(folder, [page('third', '2026-11-21')])).resolves.toMatchObject({ updated: ['index.md'] })
})

test('an edited figure is not removed', async () => {
  const folder = await scratch()
  await post(folder, [page('first', '2026-11-18', 'one', ['frontier', 'waterfall'])])
  await writeFile(join(folder, 'figures/first-waterfall.svg'), 'drawn by hand')
  expect((await post(folder, [page('first', '2026-11-18', 'one')])).removed).toEqual([])
  expect(await read(folder, 'figures/first-waterfall.svg')).toBe('drawn by hand')
})

test('after a kill between two files the next post goes on', async () => {
  const folder = await scratch()
  await post(folder, [page('first', '2026-11-18')])
  const before = await readManifest(folder)
  const { wanted, dropped, manifest } = await filesOf([page('first', '2026-11-18', 'two')], 'mkdocs', folder, before)
  const changes = await plannedChanges(folder, wanted, dropped, before)
  // As if killed: the second file cannot be written.
  const [first = '', second = ''] = changes.updated
  await rm(join(folder, second))
  await mkdir(join(folder, second))
  await expect(applyChanges(folder, wanted, changes, manifest, before)).rejects.toThrow('is a folder')
  await rm(join(folder, second), { recursive: true })
  expect(await read(folder, first)).toContain('two')
  expect(await post(folder, [page('first', '2026-11-18', 'three')])).toMatchObject({ updated: [first] })
  expect((await readManifest(folder))?.files[first]).toHaveLength(1)
})

test('links in the folder lead no write out of it', async () => {
  const elsewhere = await scratch()
  await write(elsewhere, { 'first.md': 'precious' })
  for (const [link, to] of [
    ['figures', elsewhere],
    ['first.md', join(elsewhere, 'first.md')],
    [manifestFile, join(elsewhere, 'first.md')],
  ] as const) {
    const folder = await scratch()
    await symlink(to, join(folder, link))
    await expect(post(folder, [page('first', '2026-11-18')]), link).rejects.toThrow(/is a link/)
    expect(await readdir(folder)).toEqual([link])
  }
  expect(await readdir(elsewhere)).toEqual(['first.md'])
  expect(await read(elsewhere, 'first.md')).toBe('precious')
})

test('a manifest that was forged names no other file, and its texts do nothing', async () => {
  const folder = await scratch()
  await post(folder, [page('first', '2026-11-18')])
  const manifest = JSON.parse(await read(folder, manifestFile))
  const [listed] = manifest.pages
  const forge = (change: object) => writeFile(join(folder, manifestFile), JSON.stringify({ ...manifest, ...change }))
  for (const change of [
    { pages: [{ ...listed, name: '../../home' }] },
    { pages: [{ ...listed, figures: ['../../precious.svg'] }] },
    { pages: [{ ...listed, date: '<script>' }] },
    { files: { '../guide.md': [] } },
    { files: { 'figures/../../x.svg': [] } },
    { schema: 2 },
    { frontMatter: 'jekyll' },
  ]) {
    await forge(change)
    await expect(post(folder, [page('second', '2026-11-20')]), JSON.stringify(change)).rejects.toThrow(manifestFile)
  }
  await writeFile(join(folder, manifestFile), '{')
  await expect(post(folder, [page('second', '2026-11-20')])).rejects.toThrow('is not JSON')

  await forge({ pages: [{ ...listed, title: '](https://evil.example) <b>', answer: '{{ 7 }} ![](//e.example)\n# x' }] })
  await post(folder, [page('second', '2026-11-20')])
  expect(await read(folder, 'index.md')).toContain(
    '- 2026-11-18: [&#93;(https&#58;//evil.example) &#60;b&#62;](first.md): &#123;&#123; 7 &#125;&#125; !&#91;&#93;(//e.example) &#35; x\n',
  )
})
