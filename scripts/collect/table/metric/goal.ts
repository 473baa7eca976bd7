/** Infers whether a metric is to be minimised or maximised: by the words in its name, or by which rows were kept. */
import type { Metric } from '../../../record/schema.ts'
import { normalizedName } from '../split/lines.ts'

export type Goal = Metric['goal']

const LOWER_IS_BETTER =
  'bpb bpc loss rmse mse mae mape smape wape mase rmsle msle nmse nrmse rrse crps perplexity ppl error errors err wer cer fid kid fvd latency nll crossentropy ce xent logloss brier ece regret exploitability drawdown maxdd violations failures mismatches warnings bugs ms us ns seconds secs sec minutes runtime duration cost size bytes kb mb deviation distance misses ttft itl tpot lat'
const HIGHER_IS_BETTER =
  'accuracy acc bacc ndcg sharpe sortino calmar psnr ssim fps f1 fscore fbeta auc auroc auprc aupr rocauc prauc gini map ap mrr recall precision specificity sensitivity r2 bleu rouge meteor reward rewards return returns iou miou dice jaccard throughput bandwidth elo win winrate wins kappa mcc correlation corr spearman pearson kendall hits hit speedup qps tps rps mfu tflops gflops profit pnl correct coverage fitness solved success passed'
const GOALS = new Map<string, Goal>([
  ...LOWER_IS_BETTER.split(' ').map(word => [word, 'minimize'] as const),
  ...HIGHER_IS_BETTER.split(' ').map(word => [word, 'maximize'] as const),
])

const COUNTED =
  'tok|toks|token|tokens|it|its|iter|iters|step|steps|sample|samples|img|imgs|image|images|frame|frames|req|reqs|requests|queries|query|words|sents|games|nodes|ops|mb|gb|rows|lines'
const TIME = 's|sec|secs|second|seconds|ms|us|min|minute|hour|h'
/** “tok/s”, “tokens_per_second”, “it_s”. */
const RATE = new RegExp(`(?:^|_)((?:${COUNTED})_(?:per_)?(?:${TIME}))(?=_|$)`)
/** “games_per_hour”: anything that is counted. */
const PER_TIME = new RegExp(`(?:^|_)([a-z]{1,20}_per_(?:${TIME}))(?=_|$)`)
/** “ms_per_token”, “s_it”, “time_per_step”. */
const TIME_PER = new RegExp(
  `(?:^|_)((?:${TIME}|time|latency)_per_[a-z]{1,20}|(?:s|sec|ms)_(?:it|iter|step|tok))(?=_|$)`,
)
const SPEED_WORDS = new Set(
  'fps tps qps rps mfu tflops gflops throughput bandwidth speedup latency lat ttft itl tpot ms us ns'.split(' '),
)

/** “pass@1”, “pass_at_1”, “pass_rate”; “pass” alone is a cell's word, too. */
const PASSES = /(?:^|_)(pass(?:@|_at_)\d{1,4}|pass_(?:rate|count))(?=_|$)/

/** Words that may stand in a name: of "valLoss" val and loss, of "mAP50" also map. */
export const wordsOf = (name: string): string[] => [
  ...new Set(
    [normalizedName(name), normalizedName(name.toLowerCase())]
      .flatMap(spelling => spelling.split(/[_@]/))
      .flatMap(word => [word, word.replace(/\d+$/, '')])
      .filter(word => word !== ''),
  ),
]

/** By words in the name, e.g. "val_rmse", "ndcg@10", "tok/s"; null if none is known or they disagree. */
export function goalByName(name: string): { goal: Goal; word: string } | null {
  const rate = rateIn(name)
  if (rate) return rate
  const passes = PASSES.exec(normalizedName(name))?.[1]
  if (passes !== undefined) return { goal: 'maximize', word: passes }
  const found = wordsOf(name).flatMap(word => {
    // F₀.₅ and F₂ are written f05 and f2.
    const goal = GOALS.get(word) ?? (/^f\d{1,2}$/.test(word) ? 'maximize' : undefined)
    return goal ? [{ goal, word }] : []
  })
  const [first] = found
  return first && found.every(({ goal }) => goal === first.goal) ? first : null
}

/** Whether a name says how fast something is: work per time, time per work, or a latency. */
export const isSpeed = (name: string): boolean =>
  rateIn(name) !== null || wordsOf(name).some(word => SPEED_WORDS.has(word))

function rateIn(name: string): { goal: Goal; word: string } | null {
  const spelled = normalizedName(name)
  const slow = TIME_PER.exec(spelled)?.[1]
  if (slow !== undefined) return { goal: 'minimize', word: slow }
  const fast = (RATE.exec(spelled) ?? PER_TIME.exec(spelled))?.[1]
  return fast === undefined ? null : { goal: 'maximize', word: fast }
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

/** How a column moves with what was kept: rows after the first kept one, compared with the last kept one. */
export interface Agreement {
  kept: number
  /** Kept rows that were better than the one kept before. */
  keptBetter: number
  discarded: number
  /** Discarded rows that were better than the last kept one. */
  discardedBetter: number
}

/** @param values per row; null: not measured @param verdicts per row; null: neither kept nor discarded */
export function agreementOf(values: (number | null)[], verdicts: ('keep' | 'discard' | null)[], goal: Goal): Agreement {
  const found: Agreement = { kept: 0, keptBetter: 0, discarded: 0, discardedBetter: 0 }
  let head: number | null = null
  for (const [i, value] of values.entries()) {
    const verdict = verdicts[i] ?? null
    if (value === null || verdict === null) continue
    const better = head !== null && (goal === 'minimize' ? value < head : value > head)
    if (head !== null && verdict === 'keep') {
      found.kept++
      if (better) found.keptBetter++
    }
    if (head !== null && verdict === 'discard') {
      found.discarded++
      if (better) found.discardedBetter++
    }
    if (verdict === 'keep') head = value
  }
  return found
}
