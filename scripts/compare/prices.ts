/** The reader's prices of a device-hour. Pure. */
import { Failure } from '../lib/errors.ts'
import { sanitizeText } from '../lib/text.ts'
import { withPrice } from './compare.ts'
import type { Side } from './schema.ts'

/**
 * @param given "NAME=USD" each; NAME is a machine's label or model ("H100"), a tag or a session id, case-insensitive
 * @throws {Failure} for an invalid price, or a name that matches no side
 */
export function withPrices(sides: Side[], given: string[]): Side[] {
  return given.map(parse).reduce((all, { name, usd, text }) => {
    const isMeant = ({ id, tag, machine }: Side) =>
      [id, tag, machine.label, machine.name].some(own => own.toLowerCase() === name)
    if (!all.some(isMeant))
      throw new Failure(
        `--price ${text}: no session has that name.`,
        `Use one of ${[...new Set(all.map(s => sanitizeText(s.machine.label)))].join(', ')}.`,
      )
    return all.map(side => (isMeant(side) ? withPrice(side, usd) : side))
  }, sides)
}

function parse(given: string): { name: string; usd: number; text: string } {
  const text = sanitizeText(given)
  const [, name = '', number = ''] = /^(.+)=\$?(\d+(?:\.\d+)?)$/.exec(given.trim()) ?? []
  if (name === '') throw new Failure(`--price ${text} is not a price.`, 'Use NAME=USD, e.g. --price h100=2.50.')
  return { name: name.toLowerCase(), usd: Number(number), text }
}
