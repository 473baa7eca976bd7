/** Money for tokens, for clients that do not say what they cost: a table that the user can edit. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { Failure } from '../lib/errors.ts'

/** Tokens of one model. `input` is without what came from a cache. */
export interface Usage {
  model: string
  input: number
  cached: number
  output: number
}

const price = z.number().nonnegative()
/** US dollars a million tokens, by model. */
const pricesSchema = z.record(z.string(), z.strictObject({ input: price, cached: price, output: price }))
export type Prices = z.infer<typeof pricesSchema>

const path = join(import.meta.dirname, 'prices.yaml')

/** @returns null where any of the models has no price: a part of the cost is not the cost */
export function costOf(usage: Usage[], prices: Prices): number | null {
  const known = usage.map(({ model }) => prices[model])
  if (usage.length === 0 || known.includes(undefined)) return null
  return usage.reduce((sum, { input, cached, output }, i) => {
    const price = known[i] ?? { input: 0, cached: 0, output: 0 }
    return sum + (input * price.input + cached * price.cached + output * price.output) / 1e6
  }, 0)
}

/** Read each time: it may be edited in the session. @throws {Failure} the table does not read */
export async function priceOf(usage: Usage[]): Promise<number | null> {
  if (usage.length === 0) return null
  const result = pricesSchema.safeParse(parse(await readFile(path, 'utf8')))
  if (!result.success)
    throw new Failure(
      `${path} does not read: ${result.error.issues[0]?.path.join('.')} ${result.error.issues[0]?.message}.`,
      'A line is `model: { input: 1, cached: 0.1, output: 10 }`, US dollars a million tokens.',
    )
  return costOf(usage, result.data)
}
