/** Infers whether a metric is to be minimised or maximised. */
import type { Metric } from '../../record/schema.ts'
import { normalizedName } from './lines.ts'

type Goal = Metric['goal']

const LOWER_IS_BETTER =
  'bpb bpc loss rmse mse mae mape smape rmsle perplexity ppl error err wer cer fid kid latency nll crossentropy ce xent logloss brier regret ms seconds runtime duration cost size deviation distance misses'
const HIGHER_IS_BETTER =
  'accuracy acc ndcg sharpe sortino calmar psnr ssim fps f1 auc auroc auprc map mrr recall precision r2 bleu rouge reward return iou miou dice throughput elo winrate kappa mcc hits hit speedup qps tps profit pnl correct'
const GOALS = new Map<string, Goal>([
  ...LOWER_IS_BETTER.split(' ').map(word => [word, 'minimize'] as const),
  ...HIGHER_IS_BETTER.split(' ').map(word => [word, 'maximize'] as const),
])

/** By words in the name, e.g. "val_rmse", "ndcg@10", "Sharpe"; null if none is known or they disagree. */
export function goalByName(name: string): { goal: Goal; word: string } | null {
  const found = normalizedName(name)
    .split(/[_@]/)
    .flatMap(word => [word, word.replace(/\d+$/, '')].slice(0, GOALS.has(word) ? 1 : 2))
    .flatMap(word => {
      const goal = GOALS.get(word)
      return goal ? [{ goal, word }] : []
    })
  const [first] = found
  return first && found.every(({ goal }) => goal === first.goal) ? first : null
}

/** By the direction of the kept rows: at least two steps, 80% of them the same way; else null. */
export function goalByOrder(kept: number[]): { goal: Goal; steps: number; agree: number } | null {
  const moves = kept.slice(1).map((value, i) => value - (kept[i] ?? value))
  const fell = moves.filter(move => move < 0).length
  const rose = moves.filter(move => move > 0).length
  const steps = fell + rose
  const agree = Math.max(fell, rose)
  if (steps < 2 || agree / steps < 0.8) return null
  return { goal: fell > rose ? 'minimize' : 'maximize', steps, agree }
}
