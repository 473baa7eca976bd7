/** A mistake that the checker finds in prose. */

export const findingKinds = [
  'number',
  'numeral',
  'reference',
  'confirmation',
  'html',
  'link',
  'image',
  'mention',
  'hidden',
  'code',
] as const

export interface Finding {
  kind: (typeof findingKinds)[number]
  /** What was found, as it stands in the text. */
  found: string
  /** What is wrong with it and what may stand there. */
  why: string
  /** Line in the source, from 1. */
  line: number
  /** The smallest part of the source that can go with it: a sentence, or a block. Offsets. */
  start: number
  end: number
}
