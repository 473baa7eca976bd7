/** What is said of the throughput of nodes. Pure. */
import { plural, sanitizeText } from '../lib/text.ts'
import type { SlowNode } from '../record/places.ts'
import { isSearch } from '../record/purposes.ts'
import type { Experiment, Session } from '../record/schema.ts'
import { modelName } from './machineName.ts'
import { kindOf, kindSpeeds, type NodeSpeed } from './nodeSpeed.ts'
import { list, twoDigits } from './numbers.ts'

/** "1.7 M tokens/s", "3.2 steps/s". */
export function throughputText({ unit, perSecond }: Pick<NodeSpeed, 'unit' | 'perSecond'>): string {
  const [divisor, prefix] = perSecond >= 1e6 ? [1e6, ' M'] : perSecond >= 1e4 ? [1e3, ' k'] : [1, '']
  return `${twoDigits(perSecond / divisor)}${prefix} ${unit}/s`
}

/** "98%", "101%". */
export const partText = (part: number): string => `${Math.round(100 * part)}%`

/** "98% (95 to 101%), 3 runs of the same code", "about 90%, 1 run of similar code"; null where nothing compares. */
export function relativeSpeedText({ relative }: Pick<NodeSpeed, 'relative'>): string | null {
  if (relative === null) return null
  const { value, interval, runs, sameCode } = relative
  const range = interval === null ? '' : ` (${Math.round(100 * interval[0])} to ${partText(interval[1])})`
  return `${partText(value)}${range}, ${plural(runs, 'run')} of ${sameCode ? 'the same' : 'similar'} code`
}

/** "n3 trains at 41% of the speed of other nodes with A100 (4 runs, 1 of the same code as elsewhere); it gets no more runs …" */
export function slowText({ node, kind, relative, runs, sameCode, avoided }: Omit<SlowNode, 'at'>): string {
  const what = `${sanitizeText(node, 60)} trains at ${partText(relative)} of the speed of other nodes ${kindText(kind)}`
  const after = avoided
    ? 'it gets no more runs while another node is ready'
    : 'this engine does not choose nodes, so it may get more runs'
  return `${what} (${plural(runs, 'run')}, ${sameCode} of the same code as elsewhere); ${after}`
}

/** "with A100", "without a GPU". */
export const kindText = (kind: string): string =>
  kind === 'CPU' ? 'without a GPU' : `with ${sanitizeText(modelName(kind), 60)}`

/** What analysis/engine.ts has of the hardware. */
interface Hardware {
  kinds: { gpu: string; speed: Pick<NodeSpeed, 'unit' | 'perSecond'> | null }[]
  nodes: { node: string; gpus: string[] | null; speed: NodeSpeed | null; leftOut: boolean }[]
  onSlow: number[]
}

/** Nodes that are named in a sentence. */
const MAX_NAMED = 6

/** Throughput by class, and of nodes beside others of their class; empty where runs print none. */
export function speedSentence({ kinds, nodes }: Pick<Hardware, 'kinds' | 'nodes'>): string {
  const classes = kinds.flatMap(({ gpu, speed }) => (speed ? [`${throughputText(speed)} ${kindText(gpu)}`] : []))
  if (classes.length === 0) return ''
  const beside = nodes.flatMap(({ node, speed }) => {
    const relative = speed && relativeSpeedText(speed)
    return relative ? [`${sanitizeText(node, 60)} ${relative}`] : []
  })
  const more = beside.length > MAX_NAMED ? [`${beside.length - MAX_NAMED} more`] : []
  const named = [...beside.slice(0, MAX_NAMED), ...more].join('; ')
  return `Throughput of the median run: ${list(classes)}.${named === '' ? '' : ` Beside the other nodes of its class: ${named}.`}`
}

/** Each slow node, with the experiments that were judged by runs on one. */
export function slowWarnings({ nodes, onSlow }: Pick<Hardware, 'nodes' | 'onSlow'>) {
  const slow = nodes.filter(({ leftOut, speed }) => leftOut || speed?.finding === 'slow')
  if (slow.length === 0) return []
  const texts = slow.slice(0, MAX_NAMED).map(({ node, gpus, speed, leftOut }) => {
    const { value = null } = speed?.relative ?? {}
    const part = value === null ? 'much slower than' : `at ${partText(value)} of the speed of`
    const after = leftOut ? ', and got no more runs while another node was ready' : ''
    return `${sanitizeText(node, 60)} trained ${part} other nodes ${kindText(kindOf(gpus ?? []))} (${plural(speed?.runs ?? 0, 'run')})${after}`
  })
  const more = slow.length > MAX_NAMED ? `; ${slow.length - MAX_NAMED} more nodes were as slow` : ''
  const judged =
    onSlow.length === 0
      ? 'No verdict rests on a run there.'
      : `${plural(onSlow.length, 'verdict')} ${onSlow.length === 1 ? 'rests' : 'rest'} on runs there, which got less training in the same time.`
  return [{ key: 'Slow node', sentence: `${texts.join('; ')}${more}. ${judged}`, experiments: onSlow }]
}

/** Of a session in a few words: "1.7 M tokens/s with A100; n3 at 41% of its class". null where its runs print none. */
export function throughputOf(
  { engine, machine, nodes = [], slowNodes = [] }: Pick<Session, 'engine' | 'machine' | 'nodes' | 'slowNodes'>,
  experiments: Experiment[],
): string | null {
  const isHere = engine === undefined
  // Without an engine the machine of the harness is the only node.
  const known = isHere ? hereOf(machine) : nodes
  const placed = experiments.map(e => ({
    ...e,
    runs: e.runs.filter(isSearch).map(run => (isHere ? { ...run, node: here } : run)),
  }))
  const classes = [...kindSpeeds(known, placed)].map(([kind, speed]) => `${throughputText(speed)} ${kindText(kind)}`)
  if (classes.length === 0) return null
  const slow = slowNodes
    .slice(0, MAX_NAMED)
    .map(({ node, relative }) => `; ${sanitizeText(node, 60)} at ${partText(relative)} of its class`)
  return `${list(classes)}${slow.join('')}`
}

const here = 'here'

/** None where its hardware is not recorded. */
function hereOf({ gpu, gpus }: Session['machine']): { node: string; gpus: string[] }[] {
  if (gpu === null && gpus !== 0) return []
  return [{ node: here, gpus: gpu === null ? [] : [gpu] }]
}
