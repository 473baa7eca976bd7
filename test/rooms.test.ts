/**
 * The order of the rooms: a file imports from its own room and from those above it, never from one below, and no files
 * import one another in a circle. Imports of types count as well: they tie two files together like any other.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { notebook } from '../scripts/lib/paths.ts'

/** From first to last, as in docs/development.md. `commands` are the files of scripts/ itself and Astro's configuration. */
const rooms = [
  'scripts/lib',
  'scripts/program',
  'scripts/record',
  'scripts/stats',
  'scripts/analysis',
  'scripts/agents',
  'scripts/engines',
  'scripts/ratchet',
  'scripts/report',
  'scripts/collect',
  'scripts/compare',
  'scripts/share',
  'scripts/publish',
  'scripts/status',
  'site',
  'scripts/notebook',
  'bench',
  'commands',
]

/** The room of a file. @throws {Error} for a folder that has no place in the order */
function roomOf(file: string): string {
  const [top = '', second = ''] = file.split('/')
  const room = top === 'scripts' && file.split('/').length > 2 ? `${top}/${second}` : top
  if (room === 'scripts' || file === 'astro.config.mjs') return 'commands'
  if (!rooms.includes(room))
    throw new Error(`${file}: the room ${room} has no place in the order of ${import.meta.filename}.`)
  return room
}

/** Each file with the files that it imports, as paths from the root. */
function importsOf(files: string[]): Map<string, string[]> {
  return new Map(
    files.map(file => {
      const text = readFileSync(join(notebook, file), 'utf8')
      // In an Astro component only the frontmatter and the scripts are TypeScript; what is left reads as nothing.
      const specifiers = ts.preProcessFile(text.replace(/^---$/gm, ''), true, true).importedFiles
      const own = specifiers.map(({ fileName }) => fileName.replace(/\?.*$/, '')).filter(name => name.startsWith('.'))
      return [file, own.map(name => normalize(join(dirname(file), name)))]
    }),
  )
}

/** "a → b" for each import from a room that lies below. */
function importsAgainst(imports: Map<string, string[]>): string[] {
  return [...imports].flatMap(([file, targets]) =>
    targets
      .filter(target => rooms.indexOf(roomOf(target)) > rooms.indexOf(roomOf(file)))
      .map(target => `${file} → ${target}`),
  )
}

/** Circles of imports, each named once: "a → b → a". Depth-first, so each edge is followed once. */
function circles(imports: Map<string, string[]>): string[] {
  const found: string[] = []
  const finished = new Set<string>()
  const path: string[] = []
  const visit = (file: string): void => {
    if (finished.has(file)) return
    const start = path.indexOf(file)
    if (start >= 0) {
      found.push([...path.slice(start), file].join(' → '))
      return
    }
    path.push(file)
    for (const target of imports.get(file) ?? []) visit(target)
    path.pop()
    finished.add(file)
  }
  for (const file of imports.keys()) visit(file)
  return found
}

const listed = execFileSync('git', ['ls-files', 'scripts', 'site', 'bench', 'astro.config.mjs'], {
  cwd: notebook,
  encoding: 'utf8',
})
const imports = importsOf(listed.split('\n').filter(file => /\.(ts|mjs|js|astro)$/.test(file)))

test('imports are found in modules, components and dynamic imports alike', () => {
  expect(imports.size).toBeGreaterThan(400)
  expect(imports.get('site/components/Figure.astro')).toContain('site/components/Html.astro')
  expect(imports.get('scripts/notebook/pictures.ts')).toContain('site/data/session/pictures.ts')
  expect(imports.get('scripts/session.ts')).toContain('scripts/lib/errors.ts')
})

test('imports go with the flow', () => {
  expect(importsAgainst(imports)).toEqual([])
})

test('no files import one another in a circle', () => {
  expect(circles(imports)).toEqual([])
})

test('an import against the flow and a circle are named by their files', () => {
  const planted = new Map([
    ['scripts/record/a.ts', ['scripts/report/b.ts', 'scripts/record/c.ts']],
    ['scripts/record/c.ts', ['scripts/record/a.ts']],
  ])
  expect(importsAgainst(planted)).toEqual(['scripts/record/a.ts → scripts/report/b.ts'])
  expect(circles(planted)).toEqual(['scripts/record/a.ts → scripts/record/c.ts → scripts/record/a.ts'])
})
