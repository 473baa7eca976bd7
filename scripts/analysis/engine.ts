/** Where the runs of a session executed, if not on the harness's own machine: what report, pages and terminal say of it. Pure. */
import { median } from 'simple-statistics'
import { z } from 'zod'
import { duration } from '../lib/format.ts'
import { plural, sanitizeText } from '../lib/text.ts'
import { engineSchema, type Lost } from '../record/engine.ts'
import { type LossCause, lossCauses } from '../record/lossCauses.ts'
import { isSearch } from '../record/purposes.ts'
import type { Experiment, Run, Session } from '../record/schema.ts'
import { modelName } from './machineName.ts'
import { kindOf, kindSpeeds, nodeSpeedSchema, nodeSpeeds } from './nodeSpeed.ts'
import { slowWarnings, speedSentence } from './nodeSpeedWords.ts'
import { list } from './numbers.ts'

const count = z.number().int().nonnegative()

export const engineFactsSchema = z.object({
  ...engineSchema.shape,
  /**
   * Those that runs executed on, the most used first. `gpus`: their names; `sandbox`: whether runs had one; null: not recorded.
   * `speed`: null without a throughput. `leftOut`: it was slow, and got no more runs while there were others.
   */
  nodes: z.array(
    z.object({
      node: z.string(),
      runs: count,
      gpus: z.array(z.string()).nullable(),
      sandbox: z.boolean().nullable(),
      speed: nodeSpeedSchema.nullable().default(null),
      leftOut: z.boolean().default(false),
    }),
  ),
  /** Kinds of GPU that runs executed on, "CPU" without one, the most used first. `speed`: of its median run. */
  kinds: z.array(
    z.object({
      gpu: z.string(),
      runs: count,
      speed: nodeSpeedSchema.pick({ unit: true, perSecond: true }).nullable().default(null),
    }),
  ),
  /** Judged by runs on a slow node. */
  onSlow: z.array(count).default([]),
  /** Experiments that were compared with a head of which all runs executed on another kind of GPU; as many as were kept. */
  unlike: z.object({ experiments: z.array(count), kept: count }),
  /** From the submission of a run to its start, seconds; null where no run waited for one. */
  waited: z.object({ median: z.number(), most: z.number(), total: z.number() }).nullable(),
  /** Attempts without a result, by cause, the most frequent first. */
  lost: z.array(z.object({ cause: z.string(), attempts: count })),
  /** Runs with such an attempt, and those of them that have no result in the end. */
  lostRuns: z.object({ runs: count, withoutResult: count, experiments: z.array(count) }),
})
export type EngineFacts = z.infer<typeof engineFactsSchema>

/** null where the runs executed in processes of the harness's machine, or no engine is recorded. */
export function engineFacts(
  { engine, nodes = [], slowNodes = [] }: Pick<Session, 'engine' | 'nodes' | 'slowNodes'>,
  experiments: Experiment[],
): EngineFacts | null {
  if (engine === undefined) return null
  const gpusOf = new Map(nodes.map(({ node, gpus }) => [node, gpus]))
  const sandboxOf = new Map(nodes.map(({ node, sandbox }) => [node, sandbox.mechanism !== null]))
  const runs = experiments.flatMap(e => e.runs)
  const placed = runs.flatMap(({ node }) => (node === undefined ? [] : [node]))
  const waited = runs.flatMap(({ waitedSeconds }) => waitedSeconds ?? [])
  const [speeds, ofKinds] = [nodeSpeeds(nodes, experiments), kindSpeeds(nodes, experiments)]
  const leftOut = new Set(slowNodes.flatMap(({ node, avoided }) => (avoided ? [node] : [])))
  const isSlow = (node: string) => leftOut.has(node) || speeds.get(node)?.finding === 'slow'
  const again = runs.filter(({ lost = [] }) => lost.length > 0)
  return {
    ...engine,
    nodes: tally(placed).map(([node, n]) => ({
      node,
      runs: n,
      gpus: gpusOf.get(node) ?? null,
      sandbox: sandboxOf.get(node) ?? null,
      speed: speeds.get(node) ?? null,
      leftOut: leftOut.has(node),
    })),
    kinds: tally(placed.flatMap(node => kindAt(gpusOf.get(node)) ?? [])).map(([gpu, n]) => ({
      gpu,
      runs: n,
      speed: ofKinds.get(gpu) ?? null,
    })),
    onSlow: experiments
      .filter(({ runs, commit, decision }) =>
        decision ? runs.some(run => isSearch(run) && run.commit === commit && isSlow(run.node ?? '')) : false,
      )
      .map(({ number }) => number),
    unlike: unlikeHardware(experiments, gpusOf),
    waited:
      waited.length === 0
        ? null
        : { median: median(waited), most: Math.max(...waited), total: waited.reduce((sum, each) => sum + each, 0) },
    lost: lossesOf(runs),
    lostRuns: {
      runs: again.length,
      withoutResult: again.filter(hasNoResult).length,
      experiments: experiments.filter(e => e.runs.some(run => (run.lost ?? []).length > 0)).map(e => e.number),
    },
  }
}

/** Attempts without a result, by cause, the most frequent first. */
export const lossesOf = (runs: { lost?: Lost[] | undefined }[]): EngineFacts['lost'] =>
  tally(runs.flatMap(({ lost = [] }) => lost.map(({ cause }) => cause))).map(([cause, attempts]) => ({
    cause,
    attempts,
  }))

/** A run is made at most three times. */
const MAX_ATTEMPTS = 3
const hasNoResult = ({ lost = [], outcome }: Run): boolean =>
  outcome === 'aborted' || (outcome !== 'ok' && lost.length >= MAX_ATTEMPTS)

/** undefined: not recorded. */
const kindAt = (gpus: string[] | undefined): string | undefined => gpus && kindOf(gpus)

/** Texts with how often each occurs, the most frequent first. */
const tally = (texts: string[]): [string, number][] =>
  [...Map.groupBy(texts, text => text)].map(([text, all]): [string, number] => [text, all.length]).sort(byCount)
const byCount = ([a, n]: [string, number], [b, m]: [string, number]): number => m - n || (a < b ? -1 : 1)

/** By the runs of the search; of both, the kinds must be known, and have none in common. */
function unlikeHardware(experiments: Experiment[], gpusOf: Map<string, string[]>): EngineFacts['unlike'] {
  const kinds = new Map(experiments.map(e => [e.number, kindsOf(e, gpusOf)]))
  const found = experiments.filter(({ number, parent, decision }) => {
    const [own, head] = [kinds.get(number), kinds.get(parent?.number ?? -1)]
    if (!decision || !own || !head || own.size === 0 || head.size === 0) return false
    return own.isDisjointFrom(head)
  })
  return { experiments: found.map(e => e.number), kept: found.filter(e => e.status === 'keep').length }
}

const kindsOf = ({ runs, commit }: Experiment, gpusOf: Map<string, string[]>): Set<string> =>
  new Set(
    runs
      .filter(run => run.purpose !== 'confirm' && run.commit === commit && run.node !== undefined)
      .flatMap(run => kindAt(gpusOf.get(run.node ?? '')) ?? []),
  )

/** "1 GPU, 16 CPUs and 64G of memory on each of 2 nodes"; empty where nothing is named. */
export function resourcesText(resources: EngineFacts['resources']): string {
  if (resources === null) return ''
  const { gpus, cpus, memory, nodes = 1 } = resources
  const parts = [
    ...(gpus === undefined ? [] : [plural(gpus, 'GPU')]),
    ...(cpus === undefined ? [] : [plural(cpus, 'CPU')]),
    ...(memory === undefined ? [] : [`${sanitizeText(memory, 20)} of memory`]),
  ]
  if (parts.length === 0) return nodes > 1 ? plural(nodes, 'node') : ''
  return `${list(parts)}${nodes > 1 ? ` on each of ${nodes} nodes` : ''}`
}

/** Nodes that are named in a sentence. */
const MAX_NAMED = 6

/** The engine, its nodes and what runs waited, a sentence each. */
export function engineSentences(facts: EngineFacts): string[] {
  const { use, description, resources, waited, nodes, places } = facts
  // The descriptions of jobs have it.
  const each = use === 'ssh' ? resourcesText(resources) : ''
  return [
    `Runs executed on ${sanitizeText(description, 200)}.`,
    each === '' ? '' : `${places === 1 ? 'The slot has' : `Each of the ${places} slots has`} ${each}.`,
    nodesSentence(nodes),
    speedSentence(facts),
    waited === null || waited.most < 1
      ? ''
      : `A run waited ${duration(waited.median)} for its start in the median and ${duration(waited.most)} at most; that is not part of its training.`,
  ].filter(text => text !== '')
}

function nodesSentence(nodes: EngineFacts['nodes']): string {
  if (nodes.length === 0) return ''
  const named = nodes.slice(0, MAX_NAMED).map(({ node, runs, gpus }) => {
    const hardware = gpus === null ? '' : `${gpusText(gpus)}, `
    return `${sanitizeText(node, 60)} (${hardware}${plural(runs, 'run')})`
  })
  const rest = nodes.slice(MAX_NAMED)
  const others =
    rest.length === 0
      ? []
      : [
          `${rest.length} more with ${plural(
            rest.reduce((sum, { runs }) => sum + runs, 0),
            'run',
          )}`,
        ]
  return `${nodes.length === 1 ? 'One node was used' : `${nodes.length} nodes were used`}: ${list([...named, ...others])}.`
}

/** "2 × A100", "H100 and A100", "no GPU". */
export function gpusText(gpus: string[]): string {
  const kinds = tally(gpus.map(gpu => sanitizeText(modelName(gpu), 40)))
  return kinds.length === 0 ? 'no GPU' : list(kinds.map(([name, n]) => (n === 1 ? name : `${n} × ${name}`)))
}

/** What a reader should know before believing the values, with the experiments it is about. */
export function engineWarnings(facts: EngineFacts): { key: string; sentence: string; experiments: number[] }[] {
  const { kinds, unlike, lostRuns, lost, nodes } = facts
  const open = nodes.filter(({ sandbox }) => sandbox === false)
  return [
    ...(open.length === 0 || open.length === nodes.length
      ? []
      : [{ key: 'Sandbox', sentence: openSentence(open), experiments: [] }]),
    ...(kinds.length < 2
      ? []
      : [{ key: 'Hardware', sentence: unlikeSentence(kinds, unlike), experiments: unlike.experiments }]),
    ...slowWarnings(facts),
    ...(lost.length === 0
      ? []
      : [{ key: 'Lost runs', sentence: lostSentence(lost, lostRuns), experiments: lostRuns.experiments }]),
  ]
}

/** Where some nodes have a sandbox; that all have none is said of the session. */
function openSentence(open: EngineFacts['nodes']): string {
  const named = open.slice(0, MAX_NAMED).map(({ node, runs }) => `${sanitizeText(node, 60)} (${plural(runs, 'run')})`)
  const rest = open.length > MAX_NAMED ? [`${open.length - MAX_NAMED} more`] : []
  return `Without a sandbox, with all rights of the user there, runs executed on ${list([...named, ...rest])}.`
}

function unlikeSentence(kinds: EngineFacts['kinds'], { experiments, kept }: EngineFacts['unlike']): string {
  const on = list(kinds.slice(0, MAX_NAMED).map(({ gpu, runs }) => `${plural(runs, 'run')} on ${kindText(gpu)}`))
  const compared =
    experiments.length === 0
      ? 'No verdict compared a candidate with a head that had run on other hardware only.'
      : `${plural(experiments.length, 'verdict')}, ${kept === 0 ? 'no keep among them' : `${plural(kept, 'keep')} among them`}, compared a candidate with a head that had run on other hardware only: such a difference may be one of the hardware.`
  return `Runs executed on unlike hardware: ${on}. A faster GPU trains for more steps in the same time. ${compared}`
}

const kindText = (gpu: string): string => sanitizeText(gpu === 'CPU' ? 'a CPU' : modelName(gpu), 60)

function lostSentence(lost: EngineFacts['lost'], { runs, withoutResult }: EngineFacts['lostRuns']): string {
  const attempts = lost.reduce((sum, each) => sum + each.attempts, 0)
  const causes = list(lost.map(({ cause, attempts: n }) => `${n} because ${causeText(cause)}`))
  const all = runs === 1 ? 'It was' : 'Each was'
  const end = withoutResult === 0 ? ', and has a result' : `; ${withoutResult} of ${runs} have no result in the end`
  return `${plural(runs, 'run')} lost ${plural(attempts, 'attempt')}: ${causes}. ${all} made again with the same seed, at most ${MAX_ATTEMPTS} times in all${end}.`
}

/** "the node failed, or left the cluster"; of an unknown cause its name. */
export const causeText = (cause: string): string =>
  cause in lossCauses ? lossCauses[cause as LossCause] : `of “${sanitizeText(cause, 60)}”`

/** For one run: "on n1, after 3 min in the queue; 2 attempts lost (preempted on n2, node failed)"; empty on no engine. */
export function runPlaceText({ node, waitedSeconds = 0, lost = [] }: Run): string {
  const where = node === undefined ? '' : `on ${sanitizeText(node, 60)}`
  const wait = waitedSeconds < 1 ? '' : `waited ${duration(waitedSeconds)}`
  const causes = lost.map(
    each => `${sanitizeText(each.cause, 40)}${each.node === null ? '' : ` on ${sanitizeText(each.node, 60)}`}`,
  )
  const again = lost.length === 0 ? '' : `${plural(lost.length, 'attempt')} lost (${causes.join(', ')})`
  return [where, wait, again].filter(text => text !== '').join('; ')
}
