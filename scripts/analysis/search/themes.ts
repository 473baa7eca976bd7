/** Themes of a session's experiments, by the names in their changed lines and the words of their descriptions. Pure. */
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
  /** Experiment numbers, in the order of the verdicts. */
  experiments: z.array(z.number().int().nonnegative()),
  tries: z.number().int(),
  keeps: z.number().int(),
  /** Sum of the keeps' gains, in the metric's unit, positive is better. */
  gain: z.number(),
  /** Time of the agent, and of candidate and repeat runs; unrecorded times count as 0. */
  seconds: z.number(),
})
export type Theme = z.infer<typeof themeSchema>

/**
 * Patterns of the words that indicate a theme, for words from `wordsOf`. The most specific themes come first, since the
 * first one wins a tie.
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

/** The themes tried, largest gain first. Every experiment except the baseline belongs to exactly one. */
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

/** Seconds that an experiment took: the agent's time, and the runs that its verdict used. */
const secondsOf = ({ agent, runs }: Experiment): number =>
  runs.reduce(
    (sum, run) => sum + (run.purpose === 'candidate' || run.purpose === 'repeat' ? run.seconds : 0),
    agent.seconds ?? 0,
  )

/**
 * The theme of one experiment. Words of the description count twice, since they state the intent better than the names
 * in changed lines do. Each theme counts at most once per source, since a long line names many unrelated things.
 * Without any match, a change that removes more lines than it adds is a simplification.
 */
export function themeOf({ description, linesAdded, linesRemoved }: Experiment, patch: string): ThemeName {
  const changed = changedWords(patch)
  // Ignore remarks in brackets at first: "depth 10 (too few steps)".
  for (const words of [wordsOf(description.replace(/\([^)]*\)?/g, '')), wordsOf(description)]) {
    const scores = signs.map(([, sign]) => count(words, sign) * 2 + count(changed, sign))
    const most = Math.max(...scores)
    if (most > 0) return rank[scores.indexOf(most)] as ThemeName
  }
  return (linesRemoved ?? 0) > (linesAdded ?? 0) ? 'simplification' : 'other'
}

const changedWords = memoize(patch => blocksOf(patch).flatMap(({ removed, added }) => differing(removed, added)))

const count = (words: string[], sign: RegExp): number => Math.min(1, words.filter(word => sign.test(word)).length)

/** Words of a theme that occur on one side only; if there are none (say, a number changed), all words of the lines. */
function differing(removed: string[], added: string[]): string[] {
  const [before, after] = [new Set(removed.flatMap(wordsOf)), new Set(added.flatMap(wordsOf))]
  const only = [...[...before].filter(word => !after.has(word)), ...[...after].filter(word => !before.has(word))]
  const telling = only.filter(word => signs.some(([, sign]) => sign.test(word)))
  return telling.length > 0 ? telling : [...before, ...after]
}

/**
 * Words in lower case, without comments and numbers: "EMBEDDING_LR = 0.6  # x" → embedding, lr; "RoPE" → rope, ro, pe.
 */
function wordsOf(text: string): string[] {
  const source = text.replace(/(?:#|\/\/\s).*$/, '')
  const words = (source.match(/[A-Za-z]+\d*/g) ?? []).flatMap(word => [word, ...word.split(/(?<=[a-z\d])(?=[A-Z])/)])
  return [...new Set(words.map(word => word.toLowerCase()))]
}

const order = ({ theme }: Theme): number => names.indexOf(theme)
