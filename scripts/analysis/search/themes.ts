/** What a session's experiments were about, by the names in their changed lines and the words about them. Pure. */
import { z } from 'zod'
import { memoize } from '../../lib/memoize.ts'
import type { Experiment, Metric } from '../../record/schema.ts'
import { gainsOf } from '../gains.ts'
import { blocksOf } from '../source/edits.ts'

const names = [
  ...(['optimizer', 'schedule', 'architecture', 'attention', 'initialisation', 'batch', 'regularisation'] as const),
  ...(['data', 'simplification', 'other'] as const),
] as const
export type ThemeName = (typeof names)[number]

export const themeSchema = z.object({
  theme: z.enum(names),
  /** In the order of the verdicts. */
  experiments: z.array(z.number().int().nonnegative()),
  tries: z.number().int(),
  keeps: z.number().int(),
  /** Sum over the keeps, as they were kept. */
  gain: z.number(),
  /** Thinking and the session's own runs, as far as they are recorded. */
  seconds: z.number(),
})
export type Theme = z.infer<typeof themeSchema>

/**
 * Parts of words that speak for a theme; the more particular stand first and win a draw. A word is matched whole or at
 * its start; names are split at "_" and at capitals before: "WARMDOWN_RATIO" is warmdown, ratio.
 */
const signs: [ThemeName, RegExp][] = [
  ['initialisation', /^(init|initiali[sz].*|fill|kaiming|xavier|orthogonal|std|uniform)$/],
  [
    'regularisation',
    /^(wd|decay|dropout|regulari[sz].*|clip|clipping|smoothing|softcap|noise|ema|stochastic|cautious)$/,
  ],
  ['schedule', /^(warm.*|cool.*|schedule[rs]?|anneal.*|cosine|final|ramp|constant|linear)$/],
  ['attention', /^(attn|attention|heads?|kv|qk|mqa|gqa|window|rope|rotary|causal|softmax|flash|pattern|sss+l+)$/],
  ['batch', /^(batch.*|accum.*|microbatch|device)$/],
  ['optimizer', /^(lr|rate|learning|adam.*|muon|sgd|momentum|beta\d*|betas|eps|optimi[sz]er|nesterov|newton|ns|lion)$/],
  [
    'architecture',
    /^(depth|width|layers?|dim|aspect|mlp|hidden|embd|embed.*|ffn|gate|gating|residual|resid|skip|norm|rmsnorm|layernorm|activation|relu|gelu|silu|swiglu|tying|tied|ve|lambdas?|channels|experts?|moe|parallel)$/,
  ],
  ['data', /^(data.*|tokeni[sz].*|tokens?|shuffle|augment.*|vocab.*|context|seq|sequence|packing|crop)$/],
  ['simplification', /^(simplif.*|remove[sd]?|delete[sd]?|drop|unused|cleanup|inline[sd]?|without|strip)$/],
]
const rank = signs.map(([theme]) => theme)

/** Themes that were tried, the one with most gain first; every experiment but the baseline is in one. */
export function themes(experiments: Experiment[], patches: Map<number, string>, goal: Metric['goal']): Theme[] {
  const gains = gainsOf(experiments, goal)
  const found = new Map<ThemeName, Theme>()
  for (const e of experiments) {
    if (e.number === 0) continue
    const theme = themeOf(e, patches.get(e.number) ?? '')
    const sum = found.get(theme) ?? { theme, experiments: [], tries: 0, keeps: 0, gain: 0, seconds: 0 }
    found.set(theme, sum)
    sum.experiments.push(e.number)
    sum.tries++
    sum.seconds += secondsOf(e)
    if (e.status !== 'keep') continue
    sum.keeps++
    sum.gain += gains.get(e.number) ?? 0
  }
  return [...found.values()].sort((a, b) => b.gain - a.gain || b.tries - a.tries || order(a) - order(b))
}

/** What it cost: thinking, and the runs that decided on it. */
const secondsOf = ({ agent, runs }: Experiment): number =>
  runs.reduce(
    (sum, run) => sum + (run.purpose === 'candidate' || run.purpose === 'repeat' ? run.seconds : 0),
    agent.seconds ?? 0,
  )

/**
 * A description says more of what is meant than the names around a change, so its words count twice; a line that is
 * long names much that it is not about, so each theme counts once a source. What says nothing, and is shorter, is a
 * simplification.
 */
export function themeOf({ description, linesAdded, linesRemoved }: Experiment, patch: string): ThemeName {
  const changed = changedWords(patch)
  // What stands in brackets is a remark: "depth 10 (too few steps)".
  for (const words of [wordsOf(description.replace(/\([^)]*\)?/g, '')), wordsOf(description)]) {
    const scores = signs.map(([, sign]) => count(words, sign) * 2 + count(changed, sign))
    const most = Math.max(...scores)
    if (most > 0) return rank[scores.indexOf(most)] as ThemeName
  }
  return (linesRemoved ?? 0) > (linesAdded ?? 0) ? 'simplification' : 'other'
}

const changedWords = memoize(patch => blocksOf(patch).flatMap(({ removed, added }) => differing(removed, added)))

const count = (words: string[], sign: RegExp): number => Math.min(1, words.filter(word => sign.test(word)).length)

/** Words that stand on one side only; where none does (a number moved), those of the whole lines. */
function differing(removed: string[], added: string[]): string[] {
  const [before, after] = [new Set(removed.flatMap(wordsOf)), new Set(added.flatMap(wordsOf))]
  const only = [...[...before].filter(word => !after.has(word)), ...[...after].filter(word => !before.has(word))]
  const telling = only.filter(word => signs.some(([, sign]) => sign.test(word)))
  return telling.length > 0 ? telling : [...before, ...after]
}

/** "EMBEDDING_LR = 0.6  # of tokens" → embedding, lr. Lower case, comments and numbers left out; "RoPE" is rope, ro, pe. */
function wordsOf(text: string): string[] {
  const source = text.replace(/(?:#|\/\/\s).*$/, '')
  const words = (source.match(/[A-Za-z]+\d*/g) ?? []).flatMap(word => [word, ...word.split(/(?<=[a-z\d])(?=[A-Z])/)])
  return [...new Set(words.map(word => word.toLowerCase()))]
}

const order = ({ theme }: Theme): number => names.indexOf(theme)
