/** The words by which descriptions name a constant. Pure. */
import { isConsistent, parseStatedNumber } from '../claims.ts'
import { type LiteralMove, numberOf } from '../source/literals.ts'
import { describedMove } from './describedStep.ts'

/** What one constant is called. */
export interface KnobNames {
  /** Sets of words of which a description that means it has all: its name, and phrases used beside its diffs. */
  phrases: Set<string>[]
  /** All words that may stand with it: of the phrases, its line and its comment. */
  vocabulary: Set<string>
}

const SPELLINGS: [RegExp, string][] = [
  [/\blearning rates?\b/g, 'lr'],
  [/\bweight decays?\b/g, 'wd'],
  [/\bvalue (?:embeddings?|embeds?|embs?)\b/g, 've'],
  [/\b(?:lm head|unembeddings?|unembeds?|unembd)\b/g, 'unembedding'],
  [/\b(?:embeddings?|embeds?|embd|emb)\b/g, 'embedding'],
]

/** Words of a claim that are part of no name. */
const NOISE = new Set(
  `a an the of to from for in on at by with and or as is it its new old size ratio value values param kind adamw per use using
  increase increased raise raised bump decrease decreased reduce reduced lower lowered change changed set move halve halved
  double doubled cut drop add remove try more less fewer bigger larger smaller higher tiny small large slightly`.split(
    /\s+/,
  ),
)

/** Words in order, in one spelling and lower case: "value_embeds LR" and "VE learning rate" are "ve", "lr". */
export function termsOf(text: string): string[] {
  let plain = text
    .replace(/(?<=[a-z\d])(?=[A-Z])/g, ' ')
    .toLowerCase()
    .replace(/[^a-z\d]+/g, ' ')
  for (const [written, term] of SPELLINGS) plain = plain.replace(written, term)
  const words = plain.split(' ').filter(word => /^[a-z]/.test(word))
  return words
    .map(word => (/[a-z]{3,}[^s\W\d]s$/.test(word) ? word.slice(0, -1) : word))
    .filter(word => !NOISE.has(word))
}

/** Text after a dash, bracket or semicolon is a comment. */
export const claimOf = (description: string): string => description.split(/\s[-–—]+\s|[;(]/)[0] ?? ''

/** @param id words of its own, for a name that other lines have too @param note the comment of its line */
export function namesOf(id: string, line: string, note = ''): KnobNames {
  const phrase = new Set(termsOf(id))
  const phrases = phrase.size === 0 ? [] : [phrase]
  return { phrases, vocabulary: new Set([...phrase, ...termsOf(line), ...termsOf(note)]) }
}

/**
 * The words by which a description means the constant that its diff moved: those of "VE WD 0.001 to 0.002", "tiny VE WD
 * 0.001", "add WD 0.01 to lm_head". null where its numbers are not the diff's.
 */
export function phraseOf(description: string, { from, to }: Pick<LiteralMove, 'from' | 'to'>): Set<string> | null {
  const [before, after] = [numberOf(from), numberOf(to)]
  if (after === null) return null
  const step = describedMove(description)
  const fits = (text: string, value: number) =>
    isConsistent(parseStatedNumber(text.replace('^', '**').replace(/x$/i, '')), value)
  if (step !== null) {
    const isMove = fits(step.to, after) && (step.from === null || (before !== null && fits(step.from, before)))
    return isMove ? nonempty(termsOf(step.name)) : null
  }
  const claim = claimOf(description)
  const numbers = [...claim.matchAll(NUMBER)]
  return numbers.some(([text]) => fits(text, after)) ? nonempty(termsOf(claim.replace(NUMBER, ' '))) : null
}

const nonempty = (words: string[]): Set<string> | null => (words.length === 0 ? null : new Set(words))

const NUMBER = /(?<![\w.])\d[\d_,]*(?:\.\d+)?(?:e-?\d+)?(?:\s*(?:\^|\*\*)\s*\d+)?[KMBx%]?(?![\w.])/gi

/** Whether the words of a claim, without any others, name the constant: "RoPE base" for "RoPE base frequency". */
export function isNamed({ phrases, vocabulary }: KnobNames, words: string[]): 'exactly' | 'in part' | null {
  if (phrases.some(phrase => phrase.size === new Set(words).size && words.every(word => phrase.has(word))))
    return 'exactly'
  // The last word is what the others specify: "VE LR" is a rate, never a weight decay.
  const last = words.at(-1)
  const isPart = last !== undefined && phrases.some(phrase => phrase.has(last))
  return isPart && words.every(word => vocabulary.has(word)) ? 'in part' : null
}

/** The largest of its phrases whose words all stand in the text; null if none do. */
export function phraseIn({ phrases }: KnobNames, words: ReadonlySet<string>): Set<string> | null {
  const found = phrases.filter(phrase => [...phrase].every(word => words.has(word)))
  return found.length === 0 ? null : found.reduce((a, b) => (b.size > a.size ? b : a))
}
