/** What became of a launched job, by its service and by what it has printed. */
import { Failure } from '../../lib/errors.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { LossCause } from '../engine.ts'
import type { Launcher, Listed } from './launcher.ts'
import { type Printed, readOutput } from './result.ts'

export interface Loss {
  cause: LossCause
  /** One line. */
  detail: string
}

export type Outcome = { kind: 'whole'; printed: Printed; content: Buffer } | ({ kind: 'lost' } & Loss)

/**
 * Milliseconds for which something else is waited for: the rest of an output that is not whole, and one that cannot be had, as
 * it lies on a node that is gone.
 */
const patience = { cut: 4000, silent: 60_000, failed: 10_000 }

export interface Outcomes {
  /** What became of a job that has ended. @returns why that is not known yet, a sentence, while it is not */
  of(key: string, listed: Listed): Promise<Outcome | string>
  /** Forgets it. */
  drop(key: string): void
  /** Whether something is to be asked again soon. */
  hasDoubts(): boolean
}

export function createOutcomes(launcher: Launcher, token: (key: string) => string): Outcomes {
  const found = new Map<string, Outcome>()
  const doubts = new Map<string, number>()
  const look = async (key: string, { job, state }: Listed): Promise<Outcome | string> => {
    const since = doubts.get(key) ?? Date.now()
    doubts.set(key, since)
    const age = Date.now() - since
    const said = state.state === 'failed' ? { cause: state.cause, detail: state.detail } : null
    try {
      const output = await launcher.output(job, key)
      const printed = readOutput(output, token(key))
      if (printed.block !== null) return { kind: 'whole', printed, content: printed.block.content }
      if (printed.lost !== null) return { kind: 'lost', ...betterOf(printed.lost, said) }
      if (age < (launcher.lateMs ?? patience.cut)) return 'Its result is not there yet.'
      if (said !== null) return { kind: 'lost', ...said }
      return { kind: 'lost', cause: 'runner killed', detail: whyNone(printed, output) }
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      if (age < (said === null ? patience.silent : patience.failed)) return error.message
      return {
        kind: 'lost',
        ...(said ?? { cause: 'node failed', detail: `what its job printed cannot be had: ${error.message}` }),
      }
    }
  }
  return {
    async of(key, listed) {
      const known = found.get(key) ?? (await look(key, listed))
      if (typeof known === 'string') return known
      found.set(key, known)
      doubts.delete(key)
      return known
    },
    drop(key) {
      found.delete(key)
      doubts.delete(key)
    },
    hasDoubts: () => doubts.size > 0,
  }
}

/** The service's word; but what was found on the node says more than that a job failed, e.g. that its disk is full. */
function betterOf(own: Loss, said: Loss | null): Loss {
  const isGuess = own.cause === 'runner killed' || own.cause === 'node failed'
  if (said === null || said.cause === 'runner killed' || !isGuess) return own
  return { cause: said.cause, detail: [said.detail, own.detail].filter(text => text !== '').join('; ') }
}

/** Without a result, the last line may say why. */
function whyNone({ wrong }: Printed, output: Buffer): string {
  if (wrong !== null) return `its result, as its job printed it, ${wrong}`
  const tail = output.subarray(-4000).toString('utf8')
  const last = tail.split('\n').findLast(line => line.trim() !== '' && !line.startsWith('nightshift-'))
  return `its job printed no result${last === undefined ? '' : `; its last line: ${sanitizeText(last, 200)}`}`
}
