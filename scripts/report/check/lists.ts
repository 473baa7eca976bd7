/** Word lists of the checker: number words, words of confirmation, negations. English only. */

const units = 'two|three|four|five|six|seven|eight|nine|ten|eleven|twelve'
const teens = 'thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen'
const tens = 'twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety'
const large = 'hundreds?|thousands?|millions?|billions?|trillions?|dozens?|score'
const parts =
  'half|halves|halved|halving|thirds|quarters?|fifths?|tenths?|hundredths?|thousandths?|percent|percentages?'
const times =
  'twice|thrice|doubled|doubles|doubling|tripled|triples|tripling|quadrupled|(?:two|three|four|five|ten)fold'
const counted =
  'experiments?|runs?|seeds?|hours?|minutes?|seconds?|sessions?|crash(?:es)?|keeps?|discards?|changes?|sigmas?|lines?|tokens?|steps?|layers?|heads?|percent|of the|in every|out of'

/**
 * Number words. "One" counts only before a countable noun, since it is often a pronoun. "Third" and "second" count only
 * as parts ("a third of"), not as ordinals.
 */
export const numeral = new RegExp(
  `\\b(?:${units}|${teens}|${tens}|${large}|${parts}|${times}|zero|a third of|one third|one (?:${counted}))\\b`,
  'giu',
)

/** Words that claim certainty; allowed only beside a confirmed fact. */
export const confirmation = new RegExp(
  `\\b(?:${[
    'confirm(?:ed|s|ing|ation)?',
    'prove(?:d|n|s)?|proof|proving',
    'verif(?:y|ied|ies|ying|ication)',
    'validat(?:ed|es|ing|ion)',
    'replicat(?:ed|es)|reproduc(?:ed|es)',
    'establish(?:ed|es)|demonstrat(?:ed|es)',
    'significant(?:ly)?|statistically',
    'conclusive(?:ly)?|definite(?:ly)?|definitive(?:ly)?|certain(?:ly)?|undoubted(?:ly)?|indisputabl[ey]|guarantee(?:d|s)?',
    'real (?:gain|improvement|effect)s?|genuine(?:ly)?|truly',
  ].join('|')})\\b`,
  'giu',
)

/** Claims that runs had other seeds. */
export const newSeeds = /\b(?:new|unused|fresh|other|another|different|unseen)\s+seeds?\b/giu

/** A negation or condition before a word of confirmation in the same clause. */
export const denial =
  /\b(?:not|never|no|nothing|none|neither|nor|without|cannot|can't|isn't|wasn't|aren't|weren't|hasn't|haven't|un|yet to|before|until|unless|whether|if|would|could|should|may|might|must|needs?|to be|to|awaits?|remains?)\b[^,;:.]{0,40}$/iu
