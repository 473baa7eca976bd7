/** Nodes left out as slow: none that is like the others, though candidates are slow themselves, and soon those that are. */
import { median } from 'simple-statistics'
import { type Measured, nodeSpeeds } from '../../scripts/analysis/nodeSpeed.ts'
import type { Random } from '../../scripts/stats/random.ts'
import { type Requirement, shareOf } from './requirement.ts'

const SESSIONS = 200
const EXPERIMENTS = 100
const topic = 'slow-nodes'

interface Setting {
  nodes: number
  /** By how much the first node is slower; 1: it is like the others. */
  factor: number
}

/** How a node is found to be slow. */
type Rule = (session: Session) => Found[]
interface Found {
  node: string
  finding: 'slow' | 'suspected'
}

interface Session {
  experiments: Measured[]
  nodes: string[]
}

export function checkSlowNodes(scale: number, random: Random): Requirement[] {
  const sessions = Math.ceil(SESSIONS * scale)
  const many = (setting: Setting, rule: Rule) => Array.from({ length: sessions }, () => simulate(setting, rule, random))
  const alike = [2, 4, 16].flatMap(nodes =>
    (
      [
        ['', byLikeCode, { at: 'most', limit: 0.01 }],
        [', by all runs alike', byAllRuns, null],
      ] as const
    ).map(([words, rule, asked]) =>
      shareOf(
        { topic, measured: `${nodes} equal nodes: sessions that leave one out${words}`, asked },
        many({ nodes, factor: 1 }, rule).filter(({ leftOut }) => leftOut.size > 0).length,
        sessions,
      ),
    ),
  )
  const slow = (
    [
      [4, 2.5],
      [16, 2.5],
      [16, 4],
    ] as const
  ).flatMap(([nodes, factor]) => {
    const found = many({ nodes, factor }, byLikeCode)
    const after = found.flatMap(({ leftOut }) => leftOut.get('n0') ?? [])
    const about = `${nodes} nodes, one ${factor} times as slow`
    return [
      shareOf({ topic, measured: `${about}: left out`, asked: { at: 'least', limit: 0.9 } }, after.length, sessions),
      {
        topic,
        measured: `${about}: runs that it got, median`,
        cases: after.length,
        error: null,
        asked: null,
        value: after.length === 0 ? Number.NaN : median(after),
        unit: { name: 'runs', decimals: 1 },
      } satisfies Requirement,
    ]
  })
  return [...alike, ...slow]
}

/** The harness's rule. */
const byLikeCode: Rule = ({ experiments, nodes }) =>
  [
    ...nodeSpeeds(
      nodes.map(node => ({ node, gpus: [] })),
      experiments,
    ),
  ].flatMap(([node, { finding }]) => (finding === null ? [] : [{ node, finding }]))

/** For comparison: the median of a node's runs against that of all runs elsewhere, whatever their code. */
const byAllRuns: Rule = ({ experiments, nodes }) => {
  const runs = experiments.flatMap(e => e.runs)
  const speeds = (isOn: (node: string) => boolean) =>
    runs.flatMap(({ node = '', summary }) => (isOn(node) ? [summary.num_steps ?? 0] : []))
  return nodes.flatMap(node => {
    const [own, others] = [speeds(each => each === node), speeds(each => each !== node)]
    const isSlow = own.length >= 3 && others.length > 0 && median(own) <= median(others) / 2
    return isSlow ? [{ node, finding: 'slow' as const }] : []
  })
}

/** @returns by node that was left out the runs that it had got */
function simulate({ nodes: count, factor }: Setting, rule: Rule, random: Random): { leftOut: Map<string, number> } {
  const nodes = Array.from({ length: count }, (_, i) => `n${i}`)
  const leftOut = new Map<string, number>()
  const run = (node: string, commit: string, speed: number) => ({
    node,
    commit,
    outcome: 'ok' as const,
    summary: { training_seconds: 1, num_steps: (speed * disturbance(random)) / (node === 'n0' ? factor : 1) },
  })
  let head = { commit: 'c0', speed: 1000 }
  const baseline = { commit: head.commit, parent: null, runs: [run(pick(nodes, random), head.commit, head.speed)] }
  const experiments: Measured[] = [baseline]
  const kept = [{ measured: experiments[0] as Measured, speed: head.speed }]
  const queue: { commit: string; parent: string; speed: number }[] = []
  for (let number = 1; number <= EXPERIMENTS; number++) {
    // Several slots: a candidate is measured some verdicts after it was made.
    while (queue.length < count) {
      const commit = `c${number}-${queue.length}`
      queue.push({ commit, parent: head.commit, speed: head.speed * ownFactor(random) })
    }
    const next = queue.shift()
    if (next === undefined) break
    const left = nodes.filter(node => !leftOut.has(node))
    const measured = {
      commit: next.commit,
      parent: { commit: next.parent },
      runs: [run(pick(left, random), next.commit, next.speed)],
    }
    experiments.push(measured)
    // Whatever is kept may be slower or faster than what it was made from.
    if (random.uniform() < 0.12 && next.parent === head.commit) {
      head = { commit: next.commit, speed: next.speed }
      kept.push({ measured, speed: next.speed })
    }
    if (number % 20 === 0) baseline.runs.push(run(pick(left, random), 'c0', 1000))
    for (const { node, finding } of rule({ experiments, nodes })) {
      if (leftOut.has(node) || left.length === 1) continue
      const runs = experiments.flatMap(e => e.runs)
      if (finding === 'slow') leftOut.set(node, runs.filter(each => each.node === node).length)
      else {
        // As ratchet/slowNodes.ts does: the last kept code that ran elsewhere.
        const elsewhere = kept.findLast(each => each.measured.runs.some(other => other.node !== node))
        elsewhere?.measured.runs.push(run(node, elsewhere.measured.commit ?? '', elsewhere.speed))
      }
    }
  }
  return { leftOut }
}

const pick = (nodes: readonly string[], random: Random): string =>
  nodes[Math.floor(random.uniform() * nodes.length)] ?? 'n0'

/** Of a candidate's code: most leave the speed as it is, and one in six makes it up to four times as slow. */
function ownFactor(random: Random): number {
  const kind = random.uniform()
  if (kind < 0.6) return 1
  return kind < 0.83 ? 2 ** (0.3 * random.normal()) : 2 ** (-2 * random.uniform())
}

/** Of a run: 3%, and one in fifty is disturbed by something else on its node. */
const disturbance = (random: Random): number =>
  Math.exp(0.03 * random.normal()) * (random.uniform() < 0.02 ? 0.25 + 0.5 * random.uniform() : 1)
