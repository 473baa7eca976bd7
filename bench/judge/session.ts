/** Simulates a session: the real decision rule on changes with known effects. */
import { mean } from 'simple-statistics'
import { decide, type Policy } from '../../scripts/ratchet/decide.ts'
import { estimateNoise } from '../../scripts/stats/noise.ts'
import type { Random } from '../../scripts/stats/random.ts'
import type { Draw } from './ledger.ts'

export interface Judged {
  /** Measured and true gain over the best so far, positive when better. */
  gain: number
  effect: number
  runs: number
  kept: boolean
  /** Lines added minus lines removed. */
  netLines: number
}

export interface SimulatedSession {
  judged: Judged[]
  /** True and measured gain of the head over the baseline. */
  gain: number
  claimed: number
  /** σ estimated from three baseline runs. */
  sigmaHat: number
}

/**
 * @param policy null: plain less-than, which needs no σ; else the rule uses σ from three baseline runs, two of which
 * count as runs of the session
 * @param runs training runs of the session, without the first baseline run
 */
export function simulateSession(
  random: Random,
  draw: Draw,
  { sigma, policy, runs }: { sigma: number; policy: Policy | null; runs: number },
): SimulatedSession {
  const measure = (truth: number) => truth + sigma * random.normal()
  const [baseline, ...seeds] = [measure(0), measure(0), measure(0)]
  const sigmaHat = estimateNoise([[baseline, ...seeds]])?.sigma ?? 0
  const rule = { policy: policy ?? { lineCost: 0, repeat: 'never' as const }, sigma: policy ? sigmaHat : null }
  const judged: Judged[] = []
  // Values are minimised; the baseline's true value is 0.
  let [truth, head, best] = [0, baseline, baseline]
  for (let used = policy ? seeds.length : 0; used < runs; ) {
    const { effect, linesAdded, linesRemoved } = draw(random, judged.length)
    const candidate = [measure(truth - effect)]
    const decideAgain = () => decide({ goal: 'minimize', candidate, head, best, linesAdded, linesRemoved, ...rule })
    let decision = decideAgain()
    if (decision.verdict === 'repeat') {
      candidate.push(measure(truth - effect))
      decision = decideAgain()
    }
    const kept = decision.verdict === 'keep'
    judged.push({ gain: decision.gain, effect, runs: candidate.length, kept, netLines: linesAdded - linesRemoved })
    used += candidate.length
    if (!kept) continue
    truth -= effect
    head = mean(candidate)
    best = Math.min(best, head)
  }
  return { judged, gain: -truth, claimed: baseline - head, sigmaHat }
}
