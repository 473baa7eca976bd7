/**
 * Compares an agent's report with the template it was given. Text in its own sections is taken, everything else comes
 * from the template, and every mistake is listed. Pure.
 */
import type { Nodes, Root } from 'mdast'
import { check, parser } from '../check/check.ts'
import { cut } from '../check/cut.ts'
import type { Finding } from '../check/finding.ts'
import type { Known } from '../check/known.ts'
import type { AuthorFinding } from './schema.ts'
import { join, leaves, nameOf, type Section, same, sectionsOf } from './sections.ts'

/** Characters of the paragraph after the answer, and of one section. */
export const MAX_CHARACTERS = { answer: 1200, section: 8000 }

export interface Review {
  /** Mistakes, with lines of the agent's text. */
  findings: AuthorFinding[]
  /** The template's source with the agent's text, as far as it passed the checks. */
  source: string
  /** Mistakes that were cut, with lines of the agent's text. */
  cut: AuthorFinding[]
  /** Whether any of the agent's text is left. */
  wrote: boolean
}

/** The agent's text for one section of the template; `fixed` precedes it. */
interface Part {
  section: Section
  fixed: string
  words: string
  line: number
  maxCharacters: number
}

/**
 * @param plain the template's source @param text the agent's source @param open titles of the sections that the agent
 * may write
 */
export function review(plain: string, text: string, known: Known, open: readonly string[]): Review {
  const isOpen = (title: string | null) => title !== null && open.includes(title)
  const template = sectionsOf(plain)
  const own = sectionsOf(text)
  const parts = template.flatMap(section => partOf(section, own, isOpen(section.title)))
  // A section keeps its own figures and tables, also where its text is cut and the template's put back.
  const taken = new Set(template.flatMap(({ body }) => leaves(body).map(nameOf)))
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

/** The agent's text for a section; empty if it left the section unchanged or removed it. */
function partOf(section: Section, own: Section[], isOpen: boolean): Part[] {
  const found = own.find(({ title }) => title === section.title)
  if (!found || same(found.body, section.body)) return []
  if (isOpen)
    return [{ section, fixed: '', words: found.body, line: found.line, maxCharacters: MAX_CHARACTERS.section }]
  if (section.title !== null) return []
  const fixed = leadOf(section)
  const after = afterLead(fixed, found.body)
  return after === null ? [] : [{ section, fixed, ...after, maxCharacters: MAX_CHARACTERS.answer }]
}

/** Title and answer. The figure below them may stand before or after the agent's paragraph. */
const leadOf = ({ body }: Section): string => body.replace(/^::figure.*$/gm, '').trim()

/** The text after title and answer; null if these were changed. */
function afterLead(fixed: string, body: string): { words: string; line: number } | null {
  const start = body.indexOf(fixed)
  if (start < 0 || body.slice(0, start).trim() !== '') return null
  const before = body.slice(0, start + fixed.length)
  return { words: body.slice(before.length), line: before.split('\n').length }
}

/** Findings for changed computed sections and for added sections that the template does not have. */
function changed(template: Section[], own: Section[], open: readonly string[]): AuthorFinding[] {
  const titles = template.map(({ title }) => title)
  const lost = template.flatMap((section): AuthorFinding[] => {
    const found = own.find(({ title }) => title === section.title)
    const place = { line: found?.line ?? 1, found: section.title ?? 'title and answer' }
    if (section.title === null)
      return afterLead(leadOf(section), found?.body ?? '') === null
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

/** Checks one section alone, so that markup left open cannot affect the sections after it. */
function reviewPart(part: Part, known: Known, taken: Set<string>) {
  const { section, fixed, words, line, maxCharacters } = part
  const toAuthorFindings = (all: Finding[]) =>
    all.map(({ kind, line: at, found, why }): AuthorFinding => ({ kind, line: at + line - 1, found, why }))
  const shorter = cut(words, known)
  const own = new Set(ownLeaves(section, fixed).map(nameOf))
  const { text, findings } = within(shorter.source, maxCharacters, { taken, own }, line)
  const body = isEmpty(text) ? section.body : [fixed, text.trim(), ...lost(section, text, fixed)].join('\n\n').trim()
  return {
    part,
    body,
    findings: [...toAuthorFindings(check(words, known)), ...findings],
    cut: [...toAuthorFindings(shorter.cut), ...findings],
  }
}

/** Figures and tables of the template's section that the agent removed. */
const lost = (section: Section, text: string, fixed: string): string[] =>
  ownLeaves(section, fixed).filter(leaf => !leaves(text).map(nameOf).includes(nameOf(leaf)))

/** Figures and tables of a section that do not stand in its fixed part. */
const ownLeaves = (section: Section, fixed: string): string[] =>
  leaves(section.body).filter(leaf => !leaves(fixed).includes(leaf))

/** Whether a text has no prose: headings and figures alone do not count. */
function isEmpty(text: string): boolean {
  const tree = parser.parse(text) as Root
  return tree.children.every(({ type }) => type === 'heading' || type === 'leafDirective' || type === 'thematicBreak')
}

/**
 * The first blocks up to the size limit, without figures and tables that the report already has.
 * @param taken names of those in the report @param own those of them that this section may hold, once each
 */
function within(
  text: string,
  maxCharacters: number,
  { taken, own }: { taken: Set<string>; own: Set<string> },
  line: number,
): { text: string; findings: AuthorFinding[] } {
  const tree = parser.parse(text) as Root
  const findings: AuthorFinding[] = []
  const kept: string[] = []
  let size = 0
  for (const node of tree.children) {
    const block = text.slice(node.position?.start.offset, node.position?.end.offset)
    const place = { line: line + (node.position?.start.line ?? 1) - 1, found: block.split('\n')[0]?.slice(0, 80) ?? '' }
    if (node.type === 'leafDirective' && taken.has(nameOf(block)) && !own.delete(nameOf(block))) {
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
