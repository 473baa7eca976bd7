/** Cost of tokens for clients that do not report it, from prices.yaml, which the user can edit. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { Failure } from '../lib/errors.ts'

/** Tokens of one model. `input` excludes `cached`. */
export interface Usage {
  model: string
  input: number
  cached: number
  output: number
}

const price = z.number().nonnegative()
/** US dollars per million tokens, by model. */
const pricesSchema = z.record(z.string(), z.strictObject({ input: price, cached: price, output: price }))
export type Prices = z.infer<typeof pricesSchema>

const path = join(import.meta.dirname, 'prices.yaml')

/** @returns US dollars; null when a model has no price */
export function costOf(usage: Usage[], prices: Prices): number | null {
  const known = usage.map(({ model }) => prices[model])
  if (usage.length === 0 || known.includes(undefined)) return null
  return usage.reduce((sum, { input, cached, output }, i) => {
    const price = known[i] ?? { input: 0, cached: 0, output: 0 }
    return sum + (input * price.input + cached * price.cached + output * price.output) / 1e6
  }, 0)
}

/** Reads the table each time, as the user may edit it during the session. @throws {Failure} the table is invalid */
export async function priceOf(usage: Usage[]): Promise<number | null> {
  if (usage.length === 0) return null
  const result = pricesSchema.safeParse(parse(await readFile(path, 'utf8')))
  if (!result.success)
    throw new Failure(
      `${path} is invalid: ${result.error.issues[0]?.path.join('.')} ${result.error.issues[0]?.message}.`,
      'Write lines like `model: { input: 1, cached: 0.1, output: 10 }`, in US dollars per million tokens.',
    )
  return costOf(usage, result.data)
}
