/** The report's title: the session's result in one line. */

import { holdoutNote, rerunCount } from '../analysis/confirm/seeds.ts'
import { briefDelta, plusMinus } from '../analysis/numbers.ts'
import { type Outcome, outcomeOf } from '../analysis/outcome.ts'
import type { Digest } from '../analysis/schema.ts'
import { plural } from '../lib/text.ts'
import type { Machine, Metric, Session } from '../record/schema.ts'
import type { Confirmed } from '../stats/confirm.ts'

/**
 * E.g. "nov21 · CPU: −0.1234 ± 0.0100 val_bpb confirmed, 2 seeds"; it states equally plainly that no gain was
 * confirmed.
 */
export function headline(digest: Digest, session: Session): string {
  const outcome = outcomeOf(digest)
  const running = outcome.state === 'running' ? ' (not finished)' : ''
  return `${session.tag} · ${machineName(session.machine)}: ${result(outcome, digest)}${running}`
}

function result(outcome: Outcome, digest: Digest): string {
  const { metric } = digest
  switch (outcome.kind) {
    case 'empty':
      return 'nothing has been measured yet'
    case 'no-baseline':
      return digest.collected && digest.measured === 0
        ? `no row has a value of ${metric.name}`
        : 'the baseline gave no value'
    case 'nothing-kept':
      if (outcome.tried === 0) return 'only the baseline was run'
      return `nothing kept${outcome.kept > 0 ? ' with a value' : ''} in ${plural(outcome.tried, 'experiment')}`
    case 'unknown': {
      const { experiments, better, best } = outcome.unknown
      const found =
        best === null || better === 0
          ? 'none better than the baseline'
          : `the best ${briefDelta(best.gain, metric, outcome.baseline)} ${metric.name}`
      const n = experiments.length
      const which =
        n < digest.measured
          ? `${n} of ${digest.measured} measured ${n === 1 ? 'has' : 'have'} an unknown status`
          : `${n} measured`
      return `${which}, ${found}; what was kept is not known`
    }
    case 'unconfirmed': {
      const { gain, baseline } = outcome.bestSingleRun
      if (gain <= 0) return `no gain claimed in ${plural(digest.tried.keep ?? 0, 'kept change')}`
      return `${briefDelta(gain, metric, baseline)} ${metric.name} claimed, unconfirmed`
    }
    case 'confirmed':
      return `${found(outcome.confirmed, metric)} confirmed, ${runsText(outcome.confirmed, digest)}`
    case 'inconclusive':
      return `no gain could be confirmed, ${found(outcome.confirmed, metric)}, ${runsText(outcome.confirmed, digest)}`
    case 'worse':
      return `worse than the baseline, ${found(outcome.confirmed, metric)}, ${runsText(outcome.confirmed, digest)}`
  }
}

const found = (confirmed: Confirmed, metric: Metric): string => `${plusMinus(confirmed, metric)} ${metric.name}`

/** "2 seeds", "2 re-runs, same seed, no holdout" */
const runsText = (confirmed: Confirmed, { seeds, metric, holdout }: Digest): string =>
  [rerunCount(seeds, confirmed.seeds), holdoutNote(metric, holdout)].filter(text => text !== '').join(', ')

/** "H100", "2 × A100", "RTX 4090"; "CPU" without a GPU. Omits vendor, memory and board, which the disclosure lists. */
export function machineName({ gpu, gpus }: Machine): string {
  if (gpu === null) return gpus === null ? 'unknown machine' : 'CPU'
  const model = gpu
    .replace(/^(?:NVIDIA|AMD|Intel|Tesla|Quadro|GeForce|Instinct|Radeon)(?:\(R\))?\s+/gi, '')
    .replace(/^(?:Tesla|GeForce|Instinct|Graphics)\s+/gi, '')
    .replace(/[\s-]+(?:SXM\d*|PCIe|HBM\w*|NVL|\d+\s?GB)\b.*$/i, '')
  return gpus !== null && gpus > 1 ? `${gpus} × ${model}` : model
}
