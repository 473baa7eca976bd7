/** The job that says what a node is, before all runs. */
import { posix } from 'node:path'
import type { Place } from '../engine.ts'
import { factsSchema } from '../facts.ts'
import { factsKey } from './keys.ts'
import type { Listed } from './launcher.ts'
import type { Outcomes } from './outcome.ts'
import type { LaunchRequest } from './request.ts'

/** So many jobs that say nothing are enough. */
const most = 3
const lateMs = 20_000

export interface FactsOptions {
  id: string
  /** Their states, facts and roots are set. */
  places: Place[]
  /** May begin with `~/`. */
  root: string
  launch: (key: string, task: LaunchRequest['task']) => Promise<string>
  outcomes: Outcomes
}

/** One job for all places: it is one like those of the runs. */
export function findFacts({ id, places, root, launch, outcomes }: FactsOptions): {
  look(jobs: ReadonlyMap<string, Listed>): Promise<void>
} {
  let n = 0
  const set = (state: Place['state']) => {
    for (const place of places) place.state = state
  }
  let launchedAt = 0
  const next = async () => {
    n += 1
    launchedAt = Date.now()
    await launch(factsKey(id, n), { kind: 'facts' })
  }
  return {
    async look(jobs) {
      const [first] = places
      if (first?.state.kind !== 'waiting') return
      const { since } = first.state
      // Of an earlier harness.
      while (jobs.has(factsKey(id, n + 1))) n += 1
      const listed = jobs.get(factsKey(id, n))
      if (listed === undefined) {
        // A service may list it late.
        if (Date.now() - launchedAt > lateMs) await next()
        return
      }
      const { state } = listed
      if (state.state === 'waiting' || state.state === 'running') {
        set({ kind: 'waiting', since, reason: state.state === 'waiting' ? state.reason : null })
        return
      }
      if (state.state === 'failed' && state.hasNotBegun) {
        await next()
        return
      }
      const outcome = await outcomes.of(factsKey(id, n), listed)
      if (typeof outcome === 'string') return
      if (outcome.kind === 'lost') {
        if (n < most) await next()
        else
          set({
            kind: 'failed',
            reason: `The jobs that were to say what a node is gave no answer: ${outcome.cause}, ${outcome.detail}`,
          })
        return
      }
      const facts = factsSchema.safeParse(jsonOf(outcome.content)).data
      if (facts === undefined) {
        set({ kind: 'failed', ...notFacts })
        return
      }
      for (const place of places) {
        place.facts = facts
        place.root = posix.resolve(
          '/',
          root.replace(/^~(?=\/)/, () => facts.home),
        )
      }
      set({ kind: 'ready', node: facts.node })
    },
  }
}

const notFacts = {
  reason: 'What a node says of itself is not what is asked for.',
  advice: 'Something else may have written into the folder of the session: start a new one.',
}

function jsonOf(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString('utf8'))
  } catch {
    return null
  }
}
