/** The report's title: what the night came to, in one line. */

import { briefDelta, plusMinus } from '../analysis/numbers.ts'
import type { Digest } from '../analysis/schema.ts'
import { plural } from '../lib/text.ts'
import { isRunning, type Machine, type Session } from '../record/schema.ts'

/** "nov21 · CPU: −0.1234 ± 0.0100 val_bpb confirmed, 2 seeds", or as plainly that there is no such gain. */
export function headline(digest: Digest, session: Session): string {
  const running = isRunning(session) ? ' (not finished)' : ''
  return `${session.tag} · ${machineName(session.machine)}: ${result(digest)}${running}`
}

function result({ claimed, confirmed, metric, experiments }: Digest): string {
  if (claimed === null) return experiments === 0 ? 'nothing has been measured yet' : 'the baseline did not run'
  if (claimed.experiment === 0) return `nothing kept in ${plural(experiments - 1, 'experiment')}`
  if (confirmed === null)
    return `${briefDelta(claimed.gain, metric, claimed.baseline)} ${metric.name} claimed, unconfirmed`
  const found = `${plusMinus(confirmed, metric)} ${metric.name}`
  const seeds = plural(confirmed.seeds, 'seed')
  if (confirmed.verdict === 'better') return `${found} confirmed, ${seeds}`
  const words = confirmed.verdict === 'worse' ? 'worse than the baseline' : 'no gain could be confirmed'
  return `${words}, ${found}, ${seeds}`
}

/** "H100", "2 × A100", "RTX 4090"; "CPU" without a GPU. Vendor, memory and board are for the disclosure. */
export function machineName({ gpu, gpus }: Machine): string {
  if (gpu === null) return gpus === null ? 'unknown machine' : 'CPU'
  const model = gpu
    .replace(/^(?:NVIDIA|AMD|Intel|Tesla|Quadro|GeForce|Instinct|Radeon)(?:\(R\))?\s+/gi, '')
    .replace(/^(?:Tesla|GeForce|Instinct|Graphics)\s+/gi, '')
    .replace(/[\s-]+(?:SXM\d*|PCIe|HBM\w*|NVL|\d+\s?GB)\b.*$/i, '')
  return gpus !== null && gpus > 1 ? `${gpus} × ${model}` : model
}
