/**
 * An agent's report against the template that it was given: its words are taken where they are its to write, all else
 * is the template's, and everything that is wrong with it is listed. Pure.
 */
import type { Nodes, Root } from 'mdast'
import { check, parser } from '../check/check.ts'
import { cut } from '../check/cut.ts'
import type { Finding } from '../check/finding.ts'
import type { Known } from '../check/known.ts'
import type { AuthorFinding } from './schema.ts'
import { join, leaves, nameOf, type Section, same, sectionsOf } from './sections.ts'

/** Characters of its paragraph after the answer, and of one section. */
export const MAX_CHARACTERS = { answer: 1200, section: 8000 }

export interface Review {
  /** What is wrong, by the lines of its text. */
  findings: AuthorFinding[]
  /** The template's source with its words, as far as they are right. */
  source: string
  /** What of them was taken out, by the lines of its text. */
  cut: AuthorFinding[]
  /** Whether anything of its words is left. */
  wrote: boolean
}

/** Words for one place of the template; `fixed` stands before them. */
interface Part {
  section: Section
  fixed: string
  words: string
  line: number
  maxCharacters: number
}

/** @param open titles of the sections that are the agent's */
export function review(plain: string, text: string, known: Known, open: readonly string[]): Review {
  const isOpen = (title: string | null) => title !== null && open.includes(title)
  const template = sectionsOf(plain)
  const own = sectionsOf(text)
  const parts = template.flatMap(section => partOf(section, own, isOpen(section.title)))
  const taken = new Set(template.flatMap(({ title, body }) => (isOpen(title) ? [] : leaves(body).map(nameOf))))
  const read = parts.map(part => reviewPart(part, known, taken))
  const findings = [...changed(template, own, open), ...read.flatMap(({ findings }) => findings)]
  const bodies = new Map(read.map(({ part, body }) => [part.section, body]))
  const source = join(template.map(section => ({ ...section, body: bodies.get(section) ?? section.body })))
  return {
    findings: findings.sort((a, b) => a.line - b.line),
    source,
    cut: read.flatMap(({ cut }) => cut),
    wrote: !same(source, join(template)),
  }
}

/** What the agent has for a place; none where it left the place as it was, or out. */
function partOf(section: Section, own: Section[], isOpen: boolean): Part[] {
  const found = own.find(({ title }) => title === section.title)
  if (!found || same(found.body, section.body)) return []
  if (isOpen)
    return [{ section, fixed: '', words: found.body, line: found.line, maxCharacters: MAX_CHARACTERS.section }]
  if (section.title !== null) return []
  const after = afterAnswer(section.body, found.body)
  return after === null ? [] : [{ section, fixed: section.body.trim(), ...after, maxCharacters: MAX_CHARACTERS.answer }]
}

/** What stands behind the title and the answer; null where these are not as they were. */
function afterAnswer(fixed: string, body: string): { words: string; line: number } | null {
  const start = body.indexOf(fixed.trim())
  if (start < 0 || body.slice(0, start).trim() !== '') return null
  const before = body.slice(0, start + fixed.trim().length)
  return { words: body.slice(before.length), line: before.split('\n').length }
}

/** What of the template it changed that is not its own, and what it added that has no place. */
function changed(template: Section[], own: Section[], open: readonly string[]): AuthorFinding[] {
  const titles = template.map(({ title }) => title)
  const lost = template.flatMap((section): AuthorFinding[] => {
    const found = own.find(({ title }) => title === section.title)
    const place = { line: found?.line ?? 1, found: section.title ?? 'title and answer' }
    if (section.title === null)
      return afterAnswer(section.body, found?.body ?? '') === null
        ? [{ kind: 'fixed', ...place, why: 'Leave them as they are; your own paragraph comes after them.' }]
        : []
    if (open.includes(section.title) || (found && same(found.body, section.body))) return []
    return [{ kind: 'fixed', ...place, why: 'This section is computed and stays as it was; write in the open ones.' }]
  })
  const unknown = own.flatMap(({ title, line }, i): AuthorFinding[] => {
    if (titles.includes(title) && own.findIndex(other => other.title === title) === i) return []
    const why = `There is no place for this section; use ${open.map(title => `“${title}”`).join(', ')}.`
    return [{ kind: 'section', line, found: title ?? '', why }]
  })
  return [...lost, ...unknown]
}

/** Its words, checked by themselves, so that nothing they leave open reaches into what follows. */
function reviewPart(part: Part, known: Known, taken: Set<string>) {
  const { section, fixed, words, line, maxCharacters } = part
  const toAuthorFindings = (all: Finding[]) =>
    all.map(({ kind, line: at, found, why }): AuthorFinding => ({ kind, line: at + line - 1, found, why }))
  const shorter = cut(words, known)
  const { text, findings } = within(shorter.source, maxCharacters, taken, line)
  const body = isEmpty(text) ? section.body : [fixed, text.trim(), ...lost(section, text, fixed)].join('\n\n').trim()
  return {
    part,
    body,
    findings: [...toAuthorFindings(check(words, known)), ...findings],
    cut: [...toAuthorFindings(shorter.cut), ...findings],
  }
}

/** The template's figures and tables of an open section that are gone. */
const lost = (section: Section, text: string, fixed: string): string[] =>
  fixed === '' ? leaves(section.body).filter(leaf => !leaves(text).map(nameOf).includes(nameOf(leaf))) : []

/** Whether a text says nothing by itself: a heading or a figure alone is no prose. */
function isEmpty(text: string): boolean {
  const tree = parser.parse(text) as Root
  return tree.children.every(({ type }) => type === 'heading' || type === 'leafDirective' || type === 'thematicBreak')
}

/** Blocks until the size is reached, without figures and tables that stand in the report already. */
function within(
  text: string,
  maxCharacters: number,
  taken: Set<string>,
  line: number,
): { text: string; findings: AuthorFinding[] } {
  const tree = parser.parse(text) as Root
  const findings: AuthorFinding[] = []
  const kept: string[] = []
  let size = 0
  for (const node of tree.children) {
    const block = text.slice(node.position?.start.offset, node.position?.end.offset)
    const place = { line: line + (node.position?.start.line ?? 1) - 1, found: block.split('\n')[0]?.slice(0, 80) ?? '' }
    if (node.type === 'leafDirective' && taken.has(nameOf(block))) {
      findings.push({ kind: 'repeated', ...place, why: 'It stands in the report already; once is enough.' })
      continue
    }
    if (node.type !== 'leafDirective' && holdsLeaf(node)) {
      findings.push({ kind: 'repeated', ...place, why: 'Tables and figures stand on lines of their own.' })
      continue
    }
    if (node.type === 'leafDirective') taken.add(nameOf(block))
    size += block.length + 2
    if (size <= maxCharacters) kept.push(block)
    else findings.push({ kind: 'long', ...place, why: `This is more than ${maxCharacters} characters; say less.` })
  }
  return { text: kept.join('\n\n'), findings }
}

const holdsLeaf = (node: Nodes): boolean =>
  'children' in node && node.children.some(child => child.type === 'leafDirective' || holdsLeaf(child))
