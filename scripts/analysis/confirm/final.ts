/** Head, best and final of a session, as report, terminal and pages show them. Pure. */
import { z } from 'zod'
import { experimentName } from '../../record/files/paths.ts'
import { finalOf, headOf, isPruned, type Recorded } from '../../record/state.ts'
import { list } from '../numbers.ts'

const experiment = z.number().int().nonnegative()

export const finalFactsSchema = z.object({
  /** `head`: the last kept change. `pruned`: the head without the changes in `removed`. */
  kind: z.enum(['head', 'pruned']),
  /** The head, by number. */
  experiment,
  /** The commit that confirm runs; null where it is unknown. */
  commit: z.string().nullable(),
  /** Branch of the pruned head; null for the head, and where another branch has its name. */
  branch: z.string().nullable(),
  /** Newest first, each with its P(real) when it was taken out. */
  removed: z.array(z.object({ experiment, pReal: z.number() })),
  /** Changes that should have been taken out, each with the reason why it was not. */
  notRemoved: z.array(z.object({ experiment, why: z.string() })),
  /** Why nothing was taken out although changes should have been; null otherwise. */
  why: z.string().nullable(),
})
export type FinalFacts = z.infer<typeof finalFactsSchema>

/** null where nothing was kept. */
export function finalFacts(recorded: Recorded): FinalFacts | null {
  const [head, final] = [headOf(recorded), finalOf(recorded)]
  if (!head || !final || head.number === 0) return null
  const { final: decided } = recorded.session
  const known = decided?.head === head.number ? decided : undefined
  return {
    kind: isPruned(known) ? 'pruned' : 'head',
    experiment: head.number,
    commit: final.commit,
    branch: known?.branch ?? null,
    removed: known?.removed ?? [],
    notRemoved: (known?.keptBack ?? []).map(({ experiment, why }) => ({ experiment, why })),
    why: known?.why ?? null,
  }
}

/** What confirm compared with the baseline: "the head", "the head without 0007 and 0012". */
export function finalName(final: FinalFacts | null): string {
  if (final === null || final.kind === 'head') return 'the head'
  const shown = final.removed.toReversed().map(({ experiment }) => experimentName(experiment))
  return shown.length > MAX_NAMED ? `the head without ${shown.length} changes` : `the head without ${list(shown)}`
}

const MAX_NAMED = 6
