/**
 * The prompt of an agent. Sections that never change come first and those that always change last, so that services
 * that cache prompt prefixes can reuse most of it.
 */
import { askSection, besideSections, feedbackSection } from './ask.ts'
import { type Fitted, fitSections } from './fit.ts'
import type { PromptInput } from './input.ts'
import { keptSection, stateSection } from './kept.ts'
import { ledgerSections } from './ledger.ts'
import { inheritedSection, otherSessionsSection, rejectedSection } from './otherSessions.ts'
import { contractSection, directionSection, rulesSection } from './rules.ts'

export interface Prompt {
  text: string
  /** Upper bound, see `tokensOf`. */
  tokens: number
  /** Size of each section that is not empty. */
  sections: Pick<Fitted, 'name' | 'tokens' | 'omitted'>[]
}

/** As `tokensOf` counts; real tokenizers count about half. */
export const MAX_PROMPT_TOKENS = 40_000

/** Pure: the same input gives the same prompt. */
export function buildPrompt(input: PromptInput, size = MAX_PROMPT_TOKENS): Prompt {
  const sections = [
    rulesSection(),
    contractSection(input.contract, input.state.session),
    directionSection(input.prose),
    inheritedSection(input),
    otherSessionsSection(input),
    rejectedSection(input),
    keptSection(input),
    ...ledgerSections(input),
    stateSection(input),
    askSection(input),
    ...besideSections(input),
    feedbackSection(input),
  ]
  const fitted = fitSections(sections, size).filter(({ text }) => text !== '')
  const text = fitted.map(section => section.text).join('\n\n')
  return {
    text,
    tokens: fitted.reduce((sum, { tokens }) => sum + tokens + 2, 0),
    sections: fitted.map(({ name, tokens, omitted }) => ({ name, tokens, omitted })),
  }
}
