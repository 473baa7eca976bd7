/** What a reader says a GPU-hour costs. Pure. */
import { Failure } from '../lib/errors.ts'
import { sanitizeText } from '../lib/text.ts'
import { withPrice } from './compare.ts'
import type { Side } from './schema.ts'

/**
 * @param given "NAME=USD" each; NAME is a machine's label, what it is ("H100"), a tag or an id, in any case
 * @throws {Failure} what is no price, or names no side
 */
export function withPrices(sides: Side[], given: string[]): Side[] {
  return given.map(parse).reduce((all, { name, usd, text }) => {
    const isMeant = ({ id, tag, machine }: Side) =>
      [id, tag, machine.label, machine.name].some(own => own.toLowerCase() === name)
    if (!all.some(isMeant))
      throw new Failure(
        `--price ${text}: none of the sides is called that.`,
        `Name one of ${[...new Set(all.map(s => sanitizeText(s.machine.label)))].join(', ')}.`,
      )
    return all.map(side => (isMeant(side) ? withPrice(side, usd) : side))
  }, sides)
}

function parse(given: string): { name: string; usd: number; text: string } {
  const text = sanitizeText(given)
  const [, name = '', number = ''] = /^(.+)=\$?(\d+(?:\.\d+)?)$/.exec(given.trim()) ?? []
  if (name === '') throw new Failure(`--price ${text} is no price.`, 'Write NAME=USD, e.g. --price h100=2.50.')
  return { name: name.toLowerCase(), usd: Number(number), text }
}
