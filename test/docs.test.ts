/** What README and docs say exists: commands with their flags, constants of the sample's session, linked files. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { commandNames } from '../scripts/lib/help/commands.ts'
import { notebook } from '../scripts/lib/paths.ts'

const read = (path: string) => readFileSync(join(notebook, path), 'utf8')
const texts = execFileSync('git', ['ls-files', '--', '*.md', ':!CHANGELOG.md', ':!test', ':!sessions'], {
  cwd: notebook,
  encoding: 'utf8',
})
  .split('\n')
  .filter(path => path !== '')

const { scripts } = z.object({ scripts: z.record(z.string(), z.string()) }).parse(JSON.parse(read('package.json')))

/** The commands of a text, e.g. { name: 'session', flags: ['--dry-run'] }; a line that ends with \ continues. */
const commandsIn = (text: string) =>
  [...text.replaceAll('\\\n', ' ').matchAll(/\bpnpm (?:-s )?([a-z]+)\b([^`\n#|&;]*)/g)].map(
    ([all, name = '', rest = '']) => ({
      all,
      name,
      flags: [...rest.matchAll(/(?<=\s|\[|=)--[a-z][a-z-]*/g)].map(([flag]) => flag),
    }),
  )

const helps = new Map<string, string>()
async function helpOf(name: string): Promise<string> {
  const known = helps.get(name)
  if (known !== undefined) return known
  const { stdout } = await execa(process.execPath, [join(notebook, `scripts/${name}.ts`), '--help'])
  helps.set(name, stdout)
  return stdout
}

/** Commands that do not exist, or not with these flags. */
async function unknownCommands(text: string): Promise<string[]> {
  const wrong: string[] = []
  for (const { all, name, flags } of commandsIn(text)) {
    if (['exec', 'install', 'test', 'nightshift'].includes(name)) continue
    const isThere = name in scripts && commandNames.includes(name)
    const help = isThere ? await helpOf(name) : ''
    if (!isThere || flags.some(flag => !new RegExp(`${flag}\\b(?!-)`).test(help))) wrong.push(all.trim())
  }
  return wrong
}

test('each command in README and docs exists, with its flags', { timeout: 120_000 }, async () => {
  expect(texts.flatMap(path => commandsIn(read(path))).length).toBeGreaterThan(60)
  for (const path of texts) expect(await unknownCommands(read(path)), path).toEqual([])
  expect(await unknownCommands('`npx pnpm session --dry-run`, `npx pnpm publish`, `pnpm status --wach` # --x')).toEqual(
    ['pnpm publish', 'pnpm status --wach'],
  )
})

test('each command in README and docs has the form that works for every reader', () => {
  const bare = texts.flatMap(path =>
    [...read(path).matchAll(/.*(?<!npx )\bpnpm (?:-s )?([a-z]+)\b.*/g)].map(([line, name]) => ({ path, line, name })),
  )
  expect(bare.filter(({ name }) => name !== undefined && name in scripts)).toEqual([])
})

/** Names of constants in "NAME from → to" and in `NAME`, of Markdown or an SVG. */
const constantsIn = (text: string): string[] => {
  const plain = text
    .replace(/<[^>]*>/g, ' ')
    .replace(/&#\d+;|&\w+;/g, "'")
    .replace(/\s+/g, ' ')
  const moved = [...plain.matchAll(/\b([A-Z][A-Z0-9_]{2,}) \S+ ?→/g)]
  const named = [...plain.matchAll(/`([A-Z][A-Z0-9_]{2,})`/g)]
  return [...new Set([...moved, ...named].map(([, name = '']) => name))]
}

test('the sample names constants that the trainer has', () => {
  const known = new Set([...read('trainer/train.py').matchAll(/^([A-Z][A-Z0-9_]+) = /gm)].map(([, name]) => name))
  const files = readdirSync(join(notebook, 'docs/sample')).filter(name => /\.(md|svg)$/.test(name))
  const found = files.map(name => constantsIn(read(`docs/sample/${name}`)).filter(name => !known.has(name)))
  expect(Object.fromEntries(files.map((name, i) => [name, found[i]]))).toEqual(
    Object.fromEntries(files.map(name => [name, []])),
  )
  for (const name of ['report.md', 'frontier.svg', 'waterfall.svg'])
    expect(constantsIn(read(`docs/sample/${name}`)).length, name).toBeGreaterThan(3)
  expect(constantsIn('<text>GONE 1 → 2</text> and `OTHER`')).toEqual(['GONE', 'OTHER'])
})

test('the sample has at most 300 KB', () => {
  const sizes = readdirSync(join(notebook, 'docs/sample')).map(
    name => statSync(join(notebook, 'docs/sample', name)).size,
  )
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(300_000)
})

test('each file that README and docs link to is there', () => {
  const links = texts.flatMap(path =>
    [...read(path).matchAll(/\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"/g)].map(([, a, b]) => ({ path, to: a ?? b ?? '' })),
  )
  const own = links.filter(({ to }) => !/^(https?:|#|mailto:)/.test(to))
  expect(own.length).toBeGreaterThan(20)
  expect(own.filter(({ path, to }) => !existsSync(join(notebook, dirname(path), to.replace(/#.*/, ''))))).toEqual([])
})
