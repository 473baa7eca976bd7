/** Findings in one block of text (a paragraph, heading or cell), given as pieces. */
import type { TextDirective } from 'mdast-util-directive'
import type { Finding } from './finding.ts'
import type { Piece } from './flatten.ts'
import type { Known } from './known.ts'
import { confirmation, denial, newSeeds, numeral } from './lists.ts'
import { dangling, named } from './reference.ts'

/** A finding with the range of its sentence in the block's text. */
export interface SentenceFinding extends Pick<Finding, 'kind' | 'found' | 'why'> {
  from: number
  to: number
}

type LocatedFinding = Pick<Finding, 'kind' | 'found' | 'why'> & { at: number }

export function readLine(pieces: Piece[], known: Known): SentenceFinding[] {
  const text = pieces.map(piece => piece.text).join('')
  const prose = blankNames(pieces, known)
  const found = [...inPieces(pieces, known), ...inWords(text, prose)]
  const sentences = sentencesOf(prose)
  const confirmed = confirmedPlaces(pieces, known)
  found.push(...claims(text, prose, sentences, confirmed), ...seedClaims(text, prose, known))
  return found
    .sort((a, b) => a.at - b.at)
    .map(({ at, ...finding }) => {
      const sentence = sentences.find(({ to }) => at < to) ?? { from: 0, to: text.length }
      return { ...finding, ...sentence }
    })
}

/** The text that the word rules check: code, references and known names are replaced by as many placeholders. */
function blankNames(pieces: Piece[], { names }: Known): string {
  const plain = pieces
    .map(({ kind, text }) => (kind === 'text' ? text : (kind === 'code' ? 'x' : '�').repeat(text.length)))
    .join('')
  return names.reduce((text, name) => withoutName(text, name), plain)
}

function withoutName(text: string, name: string): string {
  const parts = text.split(name)
  return parts.reduce((done, part) => {
    const alone = !/[\w.]$/u.test(done) && !/^(?:\w|\.\d)/u.test(part)
    return done + (alone ? 'x'.repeat(name.length) : name) + part
  })
}

function inPieces(pieces: Piece[], known: Known): LocatedFinding[] {
  let at = 0
  return pieces.flatMap((piece): LocatedFinding[] => {
    const place = at
    at += piece.text.length
    const found = inPiece(piece, known)
    return found ? [{ ...found, at: place }] : []
  })
}

function inPiece({ kind, text, node }: Piece, known: Known): Omit<LocatedFinding, 'at'> | null {
  if (kind === 'html') return { kind, found: text, why: 'Raw HTML is not allowed; write Markdown.' }
  if (kind === 'link') return { kind, found: text, why: 'Links are not allowed; refer to an experiment with :exp[…].' }
  if (kind === 'image') return { kind, found: text, why: 'Images are not allowed; use ::figure{…}.' }
  if (kind !== 'reference') return null
  const why = dangling(node as TextDirective, known)
  return why === null ? null : { kind, found: `:${text}[${named(node as TextDirective)}]`, why: `${why}.` }
}

const NUMBER_ADVICE = 'Numbers come from references: use :fact[…] or :exp[…]; a value in the code stands in `code`.'

function inWords(text: string, prose: string): LocatedFinding[] {
  const here = (kind: LocatedFinding['kind'], pattern: RegExp, why: string, of = prose) =>
    [...of.matchAll(pattern)].map(
      ({ index, 0: match }): LocatedFinding => ({
        kind,
        found: text.slice(index, index + match.length),
        why,
        at: index,
      }),
    )
  return [
    ...here('number', /[\p{N}][\p{N}.,:/]*/gu, NUMBER_ADVICE),
    ...here('numeral', numeral, `${NUMBER_ADVICE} Number words count as numbers.`),
    ...here('mention', /(?<![\w`])@[\w-]+/gu, 'A name with @ calls somebody; write it without.'),
    ...here('hidden', disguised, 'Letters of other alphabets or forms, and invisible characters, are not allowed.'),
  ]
}

/** Invisible characters, letters in other forms (fullwidth, mathematical, ligatures), and mixed alphabets in a word. */
const disguised = new RegExp(
  [
    String.raw`\p{Cf}|\p{Co}|\p{Cs}|\u034F|\u115F|\u1160|\u17B4|\u17B5|\u3164|\uFFA0`,
    String.raw`[\uFF21-\uFF5A\uFB00-\uFB06\u{1D400}-\u{1D7CB}]`,
    String.raw`\p{Script=Latin}(?=[\p{Script=Cyrillic}\p{Script=Greek}])`,
    String.raw`[\p{Script=Cyrillic}\p{Script=Greek}](?=\p{Script=Latin})`,
  ].join('|'),
  'gu',
)

interface Range {
  from: number
  to: number
}

/**
 * Ranges of the sentences, each with the space after it; together they cover the text. A full stop inside a name is
 * blanked or has no space after it.
 */
function sentencesOf(text: string): Range[] {
  const ends = [...text.matchAll(/[.!?]+["”’)\]]*\s+/gu)].map(({ index, 0: end }) => index + end.length)
  const all = [...ends.filter(end => end < text.length), text.length]
  return all.map((to, i) => ({ from: all[i - 1] ?? 0, to }))
}

/** Positions of references to confirmed facts (runs of confirm). */
function confirmedPlaces(pieces: Piece[], { facts }: Known): number[] {
  let at = 0
  return pieces.flatMap(({ kind, text, node }) => {
    const place = at
    at += text.length
    const id = kind === 'reference' && text === 'fact' ? named(node as TextDirective) : ''
    return facts.get(id)?.confirmed ? [place] : []
  })
}

/** "New seeds", where the target does not read the seed, or may not. */
function seedClaims(text: string, prose: string, { facts }: Known): LocatedFinding[] {
  if (facts.get('headline.seeds')?.unit !== 'runs') return []
  const why = 'The runs of confirm are not known to have had new seeds; :fact[headline.covers] says what they cover.'
  return [...prose.matchAll(newSeeds)].map(({ index, 0: words }): LocatedFinding => {
    return { kind: 'confirmation', found: text.slice(index, index + words.length), why, at: index }
  })
}

/** Words of confirmation in a sentence without a confirmed fact, unless negated ("is not confirmed"). */
function claims(text: string, prose: string, sentences: Range[], confirmed: number[]): LocatedFinding[] {
  return [...prose.matchAll(confirmation)].flatMap(({ index, 0: word }): LocatedFinding[] => {
    const sentence = sentences.find(({ to }) => index < to) ?? { from: 0, to: text.length }
    if (denial.test(prose.slice(sentence.from, index))) return []
    if (confirmed.some(at => at >= sentence.from && at < sentence.to)) return []
    const why = 'Nothing may be called so without a confirmed fact in the same sentence; say what was seen instead.'
    return [{ kind: 'confirmation', found: text.slice(index, index + word.length), why, at: index }]
  })
}
