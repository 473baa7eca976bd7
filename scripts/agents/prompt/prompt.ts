/**
 * What a thinking agent is told. What never changes stands first and what changes each time last, so that a service
 * that caches the beginnings of prompts has most of it already.
 */
import { askSection, feedbackSection } from './ask.ts'
import { type Fitted, fitSections } from './fit.ts'
import type { PromptInput } from './input.ts'
import { keptSection, stateSection } from './kept.ts'
import { ledgerSections } from './ledger.ts'
import { otherSessionsSection, rejectedSection } from './otherSessions.ts'
import { contractSection, directionSection, rulesSection } from './rules.ts'

export interface Prompt {
  text: string
  /** Estimated, never too few; see `tokensOf`. */
  tokens: number
  /** Of which each section has so many, those that are empty left out. */
  sections: Pick<Fitted, 'name' | 'tokens' | 'omitted'>[]
}

/** Tokens that a prompt never exceeds, as `tokensOf` counts them; by a real tokenizer it is about half of that. */
export const MAX_PROMPT_TOKENS = 40_000

/** Pure: the same facts make the same prompt. */
export function buildPrompt(input: PromptInput, size = MAX_PROMPT_TOKENS): Prompt {
  const sections = [
    rulesSection(),
    contractSection(input.contract, input.state.session),
    directionSection(input.prose),
    otherSessionsSection(input),
    rejectedSection(input),
    keptSection(input),
    ...ledgerSections(input),
    stateSection(input),
    askSection(input),
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
