import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { commandNames } from '../../scripts/lib/help/commands.ts'
import { notebook } from '../../scripts/lib/paths.ts'

const ours = ['nightshift', 'test', ...commandNames].join('|')
const raw = new RegExp(`\\b(pnpm|npm run) (run )?(${ours})\\b`)
/** What a page may have as it is. */
const published = new RegExp(`npx pnpm (${ours})\\b`, 'g')

/** The one place that puts a command together. */
const exempt = ['scripts/lib/command.ts']

const listed = (...where: string[]): string[] =>
  execFileSync('git', ['ls-files', ...where], { cwd: notebook, encoding: 'utf8' })
    .split('\n')
    .filter(file => /\.(ts|astro)$/.test(file))

/** The texts of a TypeScript source: strings and templates, without comments and with no regular expressions. */
function textsOf(source: string): string[] {
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node))
      found.push(node.text)
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile('text.ts', source, ts.ScriptTarget.Latest))
  return found
}

/** Of an Astro component the comments go, for its markup is no TypeScript. */
const withoutComments = (source: string): string => source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$|<!--[\s\S]*?-->/gm, '')

const read = (file: string): string => readFileSync(join(notebook, file), 'utf8')

test('no message of a script spells a command itself: command() does', () => {
  const spelt = listed('scripts', 'bench')
    .filter(file => !exempt.includes(file))
    .flatMap(file =>
      textsOf(read(file))
        .filter(text => raw.test(text))
        .map(text => `${file}: ${text.trim().slice(0, 80)}`),
    )
  expect(spelt).toEqual([])
})

test('a page names a command in the form that works for every reader', () => {
  const spelt = listed('site').flatMap(file => {
    const texts = file.endsWith('.astro') ? [withoutComments(read(file))] : textsOf(read(file))
    return texts.filter(text => raw.test(text.replace(published, ''))).map(text => `${file}: ${raw.exec(text)?.[0]}`)
  })
  expect(spelt).toEqual([])
})

test('a command in a string or a template is seen, one in a comment is not', () => {
  const hint = (text: string) => textsOf(text).some(each => raw.test(each))
  expect(hint("const a = 'Go on with `pnpm session resume`.'")).toBe(true)
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a source
  expect(hint('const a = `see ${b} npx pnpm report ${id}`')).toBe(true)
  expect(hint('/** `pnpm status` */ const a = 1 // pnpm status')).toBe(false)
  expect(raw.test('npm run status')).toBe(true)
  expect(raw.test(withoutComments('<p>{/* pnpm site */}</p>'))).toBe(false)
})
