/**
 * What a thinking agent is told. What never changes stands first and what changes each time last, so that a service
 * that caches the beginnings of prompts has most of it already.
 */
import { askSection, feedbackSection } from './ask.ts'
import { type Fitted, fitSections } from './fit.ts'
import type { Told } from './input.ts'
import { keptSection, standingSection } from './kept.ts'
import { ledgerSections } from './ledger.ts'
import { elsewhereSection, rejectedSection } from './otherSessions.ts'
import { contractSection, directionSection, rulesSection } from './rules.ts'

export interface Prompt {
  text: string
  /** Estimated, never too few; see `tokensOf`. */
  tokens: number
  /** Of which each section has so many, those that are empty left out. */
  sections: Pick<Fitted, 'name' | 'tokens' | 'left'>[]
}

/** Tokens that a prompt never exceeds, as `tokensOf` counts them; by a real tokenizer it is about half of that. */
export const promptSize = 40_000

/** Pure: the same facts make the same prompt. */
export function buildPrompt(told: Told, size = promptSize): Prompt {
  const sections = [
    rulesSection(),
    contractSection(told.contract, told.state.session),
    directionSection(told.prose),
    elsewhereSection(told),
    rejectedSection(told),
    keptSection(told),
    ...ledgerSections(told),
    standingSection(told),
    askSection(told),
    feedbackSection(told),
  ]
  const fitted = fitSections(sections, size).filter(({ text }) => text !== '')
  const text = fitted.map(section => section.text).join('\n\n')
  return {
    text,
    tokens: fitted.reduce((sum, { tokens }) => sum + tokens + 2, 0),
    sections: fitted.map(({ name, tokens, left }) => ({ name, tokens, left })),
  }
}
