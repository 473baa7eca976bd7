/**
 * How fast the nodes of an engine train, and which are slow. Candidates differ in speed by their own code, so a run is compared
 * with what the same code, or else code near it, did on other nodes of the same class. Pure.
 */
import { median } from 'simple-statistics'
import { z } from 'zod'
import type { NodeRecord } from '../record/places.ts'
import type { Run } from '../record/schema.ts'
import { studentQuantile } from '../stats/distributions.ts'
import { list } from './numbers.ts'

/** A node is slow when it trains at most at this part of the speed of its class, */
export const SLOW = 0.5
/** by so many runs at least. */
export const MIN_SLOW_RUNS = 3

const count = z.number().int().nonnegative()

export const nodeSpeedSchema = z.object({
  unit: z.enum(['tokens', 'steps']),
  /** Median over its runs, in `unit` per second of training. Runs of unlike code differ in it. */
  perSecond: z.number().positive(),
  /** Runs with a throughput. */
  runs: z.number().int().positive(),
  /**
   * Its throughput over the median of its class's nodes, of two over the other's, with its 95% interval; null: no such run ran elsewhere. By
   * runs of the same code where there are some, else by those of code near it: its parent, its children, and children of
   * the same parent.
   */
  relative: z
    .object({
      value: z.number().positive(),
      /** null with fewer than three runs. */
      interval: z.tuple([z.number(), z.number()]).nullable(),
      /** Runs there that were compared. */
      runs: z.number().int().positive(),
      sameCode: z.boolean(),
    })
    .nullable(),
  /** Runs there whose code ran on other nodes of its class, too. */
  sameCode: count,
  /**
   * `slow`: at least twice as slow as its class, by three runs or more, among them one of the same code; `suspected`: by code
   * near it alone, which a run of the same code settles.
   */
  finding: z.enum(['slow', 'suspected']).nullable(),
})
export type NodeSpeed = z.infer<typeof nodeSpeedSchema>

/** What is measured of an experiment, judged or not. */
export interface Measured {
  commit: string | null
  parent: { commit: string | null } | null
  runs: Pick<Run, 'node' | 'commit' | 'outcome' | 'summary'>[]
}

/** A run with a throughput. `speed`: natural logarithm of units per second. */
interface Speed {
  node: string
  commit: string
  speed: number
}

/**
 * By node, for those with a throughput; empty where runs print none.
 * @param nodes those whose class is known
 */
export function nodeSpeeds(
  nodes: readonly Pick<NodeRecord, 'node' | 'gpus'>[],
  experiments: readonly Measured[],
): Map<string, NodeSpeed> {
  const unit = unitOf(experiments.flatMap(({ runs }) => runs))
  if (unit === null) return new Map()
  const all = experiments.flatMap(({ runs }) => runs.flatMap(run => speedOf(run, unit)))
  const kinds = new Map(nodes.map(({ node, gpus }) => [node, kindOf(gpus)]))
  const near = nearness(experiments)
  return new Map(
    [...Map.groupBy(all, ({ node }) => node)].map(([node, own]): [string, NodeSpeed] => {
      const kind = kinds.get(node)
      const others =
        kind === undefined ? [] : all.filter(other => other.node !== node && kinds.get(other.node) === kind)
      return [node, { unit, ...speedAt(own, others, near) }]
    }),
  )
}

/** Median over the runs of each class, as `perSecond` of a node; empty where runs print none. */
export function kindSpeeds(
  nodes: readonly Pick<NodeRecord, 'node' | 'gpus'>[],
  experiments: readonly Measured[],
): Map<string, Pick<NodeSpeed, 'unit' | 'perSecond'>> {
  const unit = unitOf(experiments.flatMap(({ runs }) => runs))
  if (unit === null) return new Map()
  const kinds = new Map(nodes.map(({ node, gpus }) => [node, kindOf(gpus)]))
  const all = experiments.flatMap(({ runs }) => runs.flatMap(run => speedOf(run, unit)))
  return new Map(
    [...Map.groupBy(all, ({ node }) => kinds.get(node))].flatMap(([kind, runs]) =>
      kind === undefined ? [] : [[kind, { unit, perSecond: Math.exp(median(runs.map(({ speed }) => speed))) }]],
    ),
  )
}

/** Class of a node: the full names of its GPUs; "CPU" without one. */
export const kindOf = (gpus: readonly string[]): string => (gpus.length === 0 ? 'CPU' : list([...new Set(gpus)].sort()))

/** Runs print tokens in steps of 0.1 million: below half a million the rate would be too coarse. */
const MIN_TOKENS_M = 0.5

/** Tokens where the runs count enough of them: their rate does not depend on the batch size, as that of steps does. */
function unitOf(runs: Measured['runs']): NodeSpeed['unit'] | null {
  const [tokens, steps] = (['tokens', 'steps'] as const).map(unit => runs.flatMap(run => speedOf(run, unit)).length)
  if (!tokens && !steps) return null
  return (tokens ?? 0) >= (steps ?? 0) ? 'tokens' : 'steps'
}

function speedOf({ node, commit, outcome, summary }: Measured['runs'][number], unit: NodeSpeed['unit']): Speed[] {
  const { training_seconds: seconds = 0, total_tokens_M: millions = 0, num_steps: steps = 0 } = summary
  const amount = unit === 'steps' ? steps : millions >= MIN_TOKENS_M ? millions * 1e6 : 0
  if (node === undefined || outcome !== 'ok' || !(amount > 0) || !(seconds > 0)) return []
  return [{ node, commit, speed: Math.log(amount / seconds) }]
}

/** Commits whose code is near that of a commit: its parent, its children, and those of the same parent. */
type Near = (commit: string) => string[]

function nearness(experiments: readonly Measured[]): Near {
  const parents = new Map<string, string>()
  for (const { commit, parent } of experiments)
    if (commit !== null && parent?.commit != null) parents.set(commit, parent.commit)
  // An earlier revision, or a head that ran beside a candidate and is not among the experiments.
  for (const { runs, parent } of experiments)
    for (const { commit } of runs)
      if (parent?.commit != null && commit !== parent.commit && !parents.has(commit)) parents.set(commit, parent.commit)
  const children = Map.groupBy(parents.keys(), commit => parents.get(commit) ?? '')
  return commit => {
    const parent = parents.get(commit)
    const siblings = parent === undefined ? [] : [parent, ...(children.get(parent) ?? [])]
    return [...siblings, ...(children.get(commit) ?? [])].filter(other => other !== commit)
  }
}

function speedAt(own: Speed[], others: Speed[], near: Near): Omit<NodeSpeed, 'unit'> {
  const byCommit = Map.groupBy(others, ({ commit }) => commit)
  const pairs = own.map(run => {
    const exact = ratio(run, byCommit.get(run.commit) ?? [])
    return {
      exact,
      any:
        exact ??
        ratio(
          run,
          near(run.commit).flatMap(commit => byCommit.get(commit) ?? []),
        ),
    }
  })
  const same = pairs.flatMap(({ exact }) => exact ?? [])
  const compared = pairs.flatMap(({ any }) => any ?? [])
  const used = same.length > 0 ? same : compared
  return {
    perSecond: Math.exp(median(own.map(({ speed }) => speed))),
    runs: own.length,
    relative: used.length === 0 ? null : { ...estimate(used), runs: used.length, sameCode: same.length > 0 },
    sameCode: same.length,
    finding: findingOf(same, compared),
  }
}

/**
 * Logarithm of a run's speed over the typical one of such code, each node counting once; null without such a run elsewhere. Of
 * three nodes or more it counts itself, so that a slow one among them does not make the others look fast.
 */
function ratio({ speed }: Speed, like: Speed[]): number | null {
  if (like.length === 0) return null
  const byNode = [...Map.groupBy(like, ({ node }) => node).values()].map(runs => median(runs.map(run => run.speed)))
  return speed - median(byNode.length > 1 ? [...byNode, speed] : byNode)
}

/** Two runs give an interval that says nothing. */
const MIN_INTERVAL_RUNS = 3

/** Median, with an interval of the mean by Student's t around it. */
function estimate(ratios: number[]): { value: number; interval: [number, number] | null } {
  const middle = median(ratios)
  const n = ratios.length
  if (n < MIN_INTERVAL_RUNS) return { value: Math.exp(middle), interval: null }
  const mean = ratios.reduce((sum, each) => sum + each, 0) / n
  const deviation = Math.sqrt(ratios.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (n - 1))
  const half = (studentQuantile(0.975, n - 1) * deviation) / Math.sqrt(n)
  return { value: Math.exp(middle), interval: [Math.exp(middle - half), Math.exp(middle + half)] }
}

/**
 * Most runs must be slow whatever they are compared with, so one that was disturbed condemns no node; and most of those of the
 * same code must be, so no candidate that is slow itself does.
 */
function findingOf(same: number[], compared: number[]): NodeSpeed['finding'] {
  const isSlow = (ratios: number[]) => median(ratios) <= Math.log(SLOW)
  if (compared.length < MIN_SLOW_RUNS || !isSlow(compared)) return null
  if (same.length === 0) return 'suspected'
  return isSlow(same) ? 'slow' : null
}
