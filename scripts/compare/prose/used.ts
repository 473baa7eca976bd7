/** The versions of the prose that a session used, with its results under each. */
import { isSearch } from '../../record/purposes.ts'
import type { Experiment } from '../../record/schema.ts'
import type { ProseUse, Side } from '../schema.ts'

type SideGains = Pick<Side, 'frontier' | 'deviceHours'>

/** In order of first use. A version's hours are its share of the search, baseline included. */
export function proseUses(ordered: Experiment[], session: SideGains): ProseUse[] {
  const groups = Map.groupBy(
    ordered.filter(e => e.number > 0 && e.proseHash !== null),
    e => e.proseHash ?? '',
  )
  const steps = stepGains(session)
  const all = [...groups.values()].flat()
  const time = runSeconds(all)
  return [...groups].map(([hash, own]) => {
    const kept = own.filter(e => e.status === 'keep')
    const share = groups.size === 1 ? 1 : time > 0 ? runSeconds(own) / time : own.length / all.length
    return {
      hash,
      experiments: own.length,
      kept: kept.length,
      deviceHours: session.deviceHours && session.deviceHours.value * share,
      gain: kept.reduce((sum, e) => sum + (steps.get(e.number) ?? 0), 0),
    }
  })
}

/** Change of the best by each keep; they add up to the total gain. */
function stepGains({ frontier }: SideGains): Map<number, number> {
  return new Map(frontier.map((step, at) => [step.experiment, step.change - (frontier[at - 1]?.change ?? 0)]))
}

const runSeconds = (list: Experiment[]): number =>
  list.flatMap(e => e.runs.filter(isSearch)).reduce((sum, run) => sum + run.seconds, 0)
