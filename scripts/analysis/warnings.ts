/**
 * Checks the numbers in a description against the diff and the run's summary, and warns of contradictions. A number that
 * cannot be checked gives no warning, since false warnings cost trust. Pure.
 */
import { z } from 'zod'
import type { Experiment } from '../record/schema.ts'
import { isConsistent, pairsIn, parseStatedNumber, type StatedNumber } from './claims.ts'
import { blocksOf } from './source/edits.ts'
import { literalMoves, numberOf } from './source/literals.ts'
import { type Source, withPatch } from './source/tree.ts'
import { valuesIn } from './source/values.ts'

export const warningSchema = z.object({
  experiment: z.number().int().nonnegative(),
  /** As written in the description: "dim ~512". */
  claim: z.string(),
  /** By the diff or the run: "model_dim is 640". */
  found: z.string(),
})
export type DescriptionWarning = z.infer<typeof warningSchema>

/** An experiment with the diff and files that it is checked against. */
interface Evidence {
  experiment: Experiment
  patch: string
  /** The files that the patch applies to; null where unknown. */
  base: Source | null
}

/** Characters of a description that are read. */
const MAX_DESCRIPTION_LENGTH = 300

/** Trees kept in memory. With several slots, a candidate's parent may not be the last keep. */
const MAX_TREES = 16

/**
 * @param experiments in the order of their verdicts
 * @param source editable files of the baseline; empty where unknown
 */
export function descriptionWarnings(
  experiments: Experiment[],
  patches: Map<number, string>,
  source: Source,
): DescriptionWarning[] {
  // By the number of each kept experiment.
  const trees = new Map<number, Source | null>([[0, source.size > 0 ? source : null]])
  let last = 0
  return experiments.flatMap(experiment => {
    const patch = patches.get(experiment.number)
    if (patch === undefined || experiment.number === 0) return []
    // A collected row's parent is the best before it, and its patch is on the last keep.
    const base = trees.get(experiment.row ? last : (experiment.parent?.number ?? last)) ?? null
    if (experiment.status === 'keep') {
      trees.set(experiment.number, base && withPatch(base, patch))
      trees.delete([...trees.keys()].at(-MAX_TREES) ?? -1)
      last = experiment.number
    }
    // A foreign description may be of any length; its claims are near the beginning.
    const description = experiment.description.slice(0, MAX_DESCRIPTION_LENGTH)
    if (!/\d/.test(description)) return []
    return check({ experiment: { ...experiment, description }, patch, base }).map(warning => ({
      experiment: experiment.number,
      ...warning,
    }))
  })
}

type Found = Omit<DescriptionWarning, 'experiment'>

function check(given: Evidence): Found[] {
  const pairs = moved(given)
  // "batch 524K to 131K" is a single claim.
  const others = quantities(given).filter(({ claim }) => !pairs.some(pair => claim.endsWith(pair.claim.slice(-6))))
  return [...pairs, ...others, ...ratios(given)]
}

/** Finds "0.6 to 0.8" where the diff changes the named constant by other values. */
function moved({ experiment, patch }: Evidence): Found[] {
  return pairsIn(experiment.description).flatMap(({ from, to, words }) => {
    const numbers = literalMoves(patch).flatMap(move => {
      const [a, b] = [numberOf(move.from), numberOf(move.to)]
      return a === null || b === null ? [] : [{ ...move, a, b }]
    })
    const fits = numbers.some(({ a, b }) => (isConsistent(from, a) && isConsistent(to, b)) || sameRatio(from, to, a, b))
    const meant = numbers.filter(move => shares(words, `${move.name} ${move.line}`))
    const [only] = meant
    if (fits || !only || meant.length > 1) return []
    return [
      {
        claim: `${words.trim().split(/\s+/).slice(-3).join(' ')} ${from.text} to ${to.text}`.trim(),
        found: `the diff moves ${only.name} from ${only.from} to ${only.to}`,
      },
    ]
  })
}

/** "width 128 to 256" is correct where the diff doubles the width by another constant. */
const sameRatio = (from: StatedNumber, to: StatedNumber, a: number, b: number): boolean => {
  const [x = 0, y = 0] = [from.values[0], to.values[0]]
  return x !== 0 && a !== 0 && Math.abs(y / x / (b / a) - 1) < 0.02
}

const spellings: Record<string, string[]> = {
  lr: ['learning', 'rate'],
  wd: ['weight', 'decay'],
  batch: ['batch'],
  dim: ['width', 'embd'],
}

/** Whether prose and code share a name: "embedding LR" and EMBEDDING_LR, "WD" and weight_decay. */
function shares(words: string, code: string): boolean {
  const parts = (text: string) => text.toLowerCase().match(/[a-z]{2,}/g) ?? []
  const named = new Set(parts(code))
  return parts(words).some(word => [word, ...(spellings[word] ?? [])].some(name => named.has(name)))
}

interface Quantity {
  /** The claim; its first group is the number, or "A to B". */
  claim: RegExp
  /** Its names in source code, the most specific first. */
  names: string[]
  /** The value that a run printed, in the claim's unit; null without one. */
  printed(experiment: Experiment): number | null
  /** Relative error allowed. */
  slack: number
}

const one = String.raw`~?\d+(?:,\d{3})*(?:\.\d+)?(?:\*\*\d+)?\s?[KM]?\b`
const value = String.raw`(${one}(?:\s*(?:to|→|->)\s*${one})?)(?!\s*(?:x\b|×|%))`
const summary = (experiment: Experiment, key: string): number | null =>
  experiment.runs.findLast(run => run.outcome === 'ok' && run.purpose !== 'origin')?.summary[key] ?? null

const known: Quantity[] = [
  {
    claim: new RegExp(String.raw`\b(?:(?:model[ _])?(?:dim|width)|d_model|n_embd)\s*[=:]?\s*${value}`, 'i'),
    names: ['model_dim', 'n_embd', 'd_model', 'hidden_size', 'embed_dim', 'WIDTH', 'DIM'],
    printed: () => null,
    slack: 0,
  },
  {
    claim: new RegExp(String.raw`\b(?:depth|n_layers?)\s*[=:]?\s*${value}`, 'i'),
    names: ['DEPTH', 'n_layer', 'n_layers', 'num_layers'],
    printed: e => summary(e, 'depth'),
    slack: 0,
  },
  {
    claim: /(~?\d+(?:\.\d+)?)\s?M\s+param\w*/i,
    names: [],
    printed: e => summary(e, 'num_params_M'),
    slack: 0.03,
  },
  {
    claim: /(?:\b(?:memory|vram|peak)\D{0,12}|^)(~?\d+(?:\.\d+)?)\s?GB\b(?!\s*(?:less|more|lower|higher|saved))/i,
    names: [],
    printed: e => (e.memoryMb === null ? null : e.memoryMb / 1024),
    slack: 0.05,
  },
  {
    claim: new RegExp(String.raw`\b(?:total )?batch(?:[ _]size)?\s*[=:]?\s*${value}(?!\s*(?:per|a|rows))`, 'i'),
    names: ['TOTAL_BATCH_SIZE', 'BATCH_SIZE', 'BATCH'],
    printed: () => null,
    slack: 0,
  },
]

/** Finds "dim ~512" where the source gives 640. Only for values that the change altered. */
function quantities({ experiment, patch, base }: Evidence): Found[] {
  const claims = known.flatMap(quantity => {
    const match = quantity.claim.exec(experiment.description)
    return match ? [{ ...quantity, words: match[0].trim(), stated: match[1] ?? '' }] : []
  })
  if (claims.length === 0) return []
  const tree = base && withPatch(base, patch)
  const [before, after] = [base, tree].map(files => files && valuesIn(files.values()))
  return claims.flatMap(({ names, printed, slack, words, stated }) => {
    const name = names.find(n => (after?.of(n) ?? null) !== null && after?.of(n) !== before?.of(n))
    const ran = printed(experiment)
    const actual = ran ?? (name === undefined ? null : (after?.of(name) ?? null))
    if (actual === null || (names.length > 0 && name === undefined)) return []
    const claim = parseStatedNumber(stated.split(/to|→|->/).at(-1) ?? '')
    if (isConsistent({ ...claim, tolerance: Math.max(slack, claim.tolerance) }, actual)) return []
    const found = ran === null ? `${name} is ${text(actual)} by the source` : `the run printed ${text(actual)}`
    return [{ claim: words, found }]
  })
}

const text = (value: number): string => String(Number(value.toPrecision(6)))

/** Finds "5:1" where the diff adds a pattern such as "SSSSL", which is 4:1. */
function ratios({ experiment, patch }: Evidence): Found[] {
  const match = /(?<![\d.:])(\d{1,2}):(\d{1,2})(?![\d:])/.exec(experiment.description)
  if (!match) return []
  const added = blocksOf(patch).flatMap(block => block.added)
  const patterns = added.flatMap(line =>
    [...line.matchAll(/["']([A-Z]{3,40})["']/g)].map(([, letters = '']) => letters),
  )
  const [pattern = ''] = patterns
  const letters = [...new Set(pattern)]
  if (patterns.length !== 1 || letters.length !== 2) return []
  const counts = letters.map(letter => [...pattern].filter(c => c === letter).length)
  const [a, b] = [Number(match[1]), Number(match[2])]
  const same = (x: number, y: number) => x * (counts[1] ?? 0) === y * (counts[0] ?? 0)
  if (same(a, b) || same(b, a)) return []
  const [most, least] = [Math.max(...counts), Math.min(...counts)]
  return [{ claim: match[0], found: `"${pattern}" is ${most}:${least}` }]
}
