/** Parses the last line of an answer: description, hypothesis and sweep. Pure. */
import { z } from 'zod'
import { jsonOrNull } from '../../lib/files/read.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { SweepRequest } from '../agent.ts'
import { readSweep } from './sweep.ts'

const lastLine = z.object({
  description: z.string().optional(),
  hypothesis: z.string().optional(),
  sweep: z.unknown().optional(),
})

export interface Answer {
  description: string | null
  hypothesis: string | null
  sweep?: SweepRequest
}

/** @returns nulls when the line is missing or invalid; the harness then derives a description from the diff */
export function readAnswer(text: string): Answer {
  const lines = text.split('\n').map(line => line.trim())
  // Models often put JSON into a code fence.
  const last = lines.findLast(line => line !== '' && !/^`{3,}\w*$/.test(line)) ?? ''
  const parsed = lastLine.safeParse(jsonOrNull(last.replace(/^`+(?:json)?\s*|`+$/g, '')))
  if (!parsed.success) return { description: null, hypothesis: null }
  const { description, hypothesis, sweep } = parsed.data
  return {
    description: sanitizeText(description ?? '', 80) || null,
    hypothesis: sanitizeText(hypothesis ?? '', 500) || null,
    ...(sweep !== undefined && sweep !== null && { sweep: readSweep(sweep) }),
  }
}
