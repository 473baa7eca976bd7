/** A simulated session: the real decision, on changes whose true effects are known. */
import { mean } from 'simple-statistics'
import { decide, type Policy } from '../../scripts/ratchet/decide.ts'
import { estimateNoise } from '../../scripts/stats/noise.ts'
import type { Random } from '../../scripts/stats/random.ts'
import type { Draw } from './ledger.ts'

export interface Judged {
  /** Measured and true gain over the best of the moment, positive is better. */
  gain: number
  effect: number
  runs: number
  kept: boolean
  /** Lines added minus lines removed. */
  netLines: number
}

export interface SimulatedSession {
  judged: Judged[]
  /** True gain of the head over the baseline, and what the two scores claim. */
  gain: number
  claimed: number
  /** σ as three runs of the baseline show it. */
  sigmaHat: number
}

/**
 * @param policy null is the plain less-than, which needs no σ; else the rule has the σ of three baseline runs, two of
 * which are taken from the session.
 * @param runs Training runs that the session holds, the baseline's first left out.
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
  // Values are to minimise, with the baseline's truth at 0.
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
