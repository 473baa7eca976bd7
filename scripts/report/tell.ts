/** The end of a session on the terminal: what was gained, how sure that is, and where to read on. */
import { join, relative } from 'node:path'
import { change, metricText, signed } from '../lib/format.ts'
import type { Terminal } from '../lib/terminal.ts'
import { files } from '../record/files.ts'
import type { Confirmed, Digest } from './schema.ts'

/** Headline, then where the report is, then the next command. */
export function tell(terminal: Terminal, folder: string, digest: Digest): void {
  terminal.headline(headline(digest))
  if (digest.holdout) terminal.step('holdout', gainText(digest.holdout, digest))
  if (digest.claimed) terminal.step('claimed', claimedText(digest, digest.claimed))
  terminal.step('report', relative(process.cwd(), join(files.report(folder))))
  terminal.step('next', digest.next)
}

/** "Confirmed: −0.0312 ± 0.0040 val_bpb (95%, 2 seeds each)", or as plainly that there is none. */
export function headline(digest: Digest): string {
  const { confirmed, metric, claimed } = digest
  if (!claimed) return 'Nothing was measured: the baseline did not run.'
  if (claimed.experiment === 0)
    return `Nothing was kept: ${metric.name} stays at the baseline's ${metricText(claimed.baseline)}.`
  if (!confirmed) return `Not yet confirmed: ${metric.name} claimed ${signed(change(claimed.gain, metric.goal), 4)}.`
  if (confirmed.verdict === 'better') return `Confirmed: ${gainText(confirmed, digest)}.`
  const found = confirmed.verdict === 'worse' ? 'The tip is worse than the baseline' : 'No gain could be confirmed'
  return `${found}: ${gainText(confirmed, digest)}.`
}

function gainText({ gain, interval, seeds }: Confirmed, { metric }: Digest): string {
  const half = (interval[1] - interval[0]) / 2
  return `${signed(change(gain, metric.goal), 4)} ± ${half.toFixed(4)} ${metric.name} (95%, ${seeds} ${seeds === 1 ? 'seed' : 'seeds'} each)`
}

function claimedText({ metric, experiments, counts }: Digest, claimed: NonNullable<Digest['claimed']>): string {
  const from = `${metricText(claimed.baseline)} to ${metricText(claimed.best)}`
  return `${signed(change(claimed.gain, metric.goal), 4)} by the ledger, ${from}; ${(counts.keep ?? 0) - 1} of ${experiments - 1} experiments kept`
}
