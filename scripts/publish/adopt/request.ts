/** The flags of `pnpm adopt`. */
import { Failure } from '../../lib/errors.ts'
import { sanitizeText } from '../../lib/text.ts'

export const flags = {
  only: { type: 'string' },
  likely: { type: 'boolean' },
  all: { type: 'boolean' },
  branch: { type: 'string' },
  title: { type: 'string' },
  squash: { type: 'boolean' },
  'no-run': { type: 'boolean' },
  seeds: { type: 'string' },
  json: { type: 'boolean' },
} as const

/** Which changes: those of the confirmed final, those labelled confirmed or likely, all kept ones, or these numbers. */
export type Selection = { by: 'confirmed' | 'likely' | 'all' } | { by: 'only'; numbers: number[] }

export interface AdoptRequest {
  selection: Selection
  /** null: `adopt/<tag>`. */
  branch: string | null
  /** Subject of the commit; null: made from what it changes. */
  title: string | null
  squash: boolean
  run: boolean
  /** Pairs of runs; null: the session's `seeds`. */
  seeds: number | null
}

interface Given {
  only?: string | undefined
  likely?: boolean | undefined
  all?: boolean | undefined
  branch?: string | undefined
  title?: string | undefined
  squash?: boolean | undefined
  'no-run'?: boolean | undefined
  seeds?: string | undefined
}

/** @throws {Failure} for flags that cannot be read, or not together */
export function readAdoptRequest(values: Given): AdoptRequest {
  const seeds = values.seeds === undefined ? null : Number(values.seeds)
  if (seeds !== null && !(Number.isInteger(seeds) && seeds >= 1 && seeds <= 100))
    throw new Failure(`--seeds ${values.seeds} is not a number of pairs.`, 'Give a whole number from 1 to 100.')
  const run = !(values['no-run'] ?? false)
  if (seeds !== null && !run) throw new Failure('--seeds is not for --no-run.', 'Leave one of them out.')
  return {
    selection: readSelection(values),
    branch: values.branch ?? null,
    title: readTitle(values.title),
    squash: values.squash ?? false,
    run,
    seeds,
  }
}

function readTitle(title: string | undefined): string | null {
  if (title === undefined) return null
  const line = sanitizeText(title, 500)
  if (line === '') throw new Failure('--title is empty.', 'It is the subject of the commit: give a line of text.')
  return line
}

function readSelection({ only, likely = false, all = false }: Given): Selection {
  if ([only !== undefined, likely, all].filter(Boolean).length > 1)
    throw new Failure(
      '--only, --likely and --all are choices: give one of them.',
      'Without any, the confirmed changes.',
    )
  if (only !== undefined) return { by: 'only', numbers: readNumbers(only) }
  return { by: likely ? 'likely' : all ? 'all' : 'confirmed' }
}

function readNumbers(text: string): number[] {
  const parts = text.split(',').map(part => part.trim())
  if (parts.some(part => !/^\d{1,9}$/.test(part)))
    throw new Failure(`--only ${text} is no list of experiments.`, 'Give their numbers, e.g. --only 1,2,8.')
  return [...new Set(parts.map(Number))].sort((a, b) => a - b)
}
