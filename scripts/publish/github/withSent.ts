/** What was sent before an error, for a person to know what is there. */
import { Failure } from '../../lib/errors.ts'
import type { Outcome } from '../destination.ts'
import { LostAnswer } from './errors.ts'

/** The error of a write, naming what was sent before it. @param done as in `Outcome` */
export function withSent(error: unknown, done: Outcome['done']): unknown {
  if (!(error instanceof Failure)) return error
  const sent = done.map(([verb, object]) => `${verb} ${object}`)
  const before = sent.length === 0 ? 'Nothing was sent before.' : `Sent before: ${sent.join('; ')}.`
  const lost = error instanceof LostAnswer ? ' This write may have taken effect.' : ''
  const advice = `${error.advice}\n${before}${lost} Posting again goes on from there.`
  return new Failure(error.message, advice, { cause: error })
}
