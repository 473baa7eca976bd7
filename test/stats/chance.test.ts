import { expect, test } from 'vitest'
import { probabilitiesReal } from '../../scripts/stats/chance.ts'
import { createRandom, type Random } from '../../scripts/stats/random.ts'

const discard = (gain: number) => ({ gain, runs: 1, kept: false })
const keep = (gain: number, runs = 1) => ({ gain, runs, kept: true })

test('P(real) is null without σ, and 1 or 0 with σ = 0', () => {
  const judged = [keep(0.01), discard(-0.02), discard(0)]
  expect(probabilitiesReal(judged, null)).toEqual([null, null, null])
  expect(probabilitiesReal(judged, 0)).toEqual([1, 0, 0])
  expect(probabilitiesReal([], 1)).toEqual([])
})

test('P(real) is near 1 for a large gain, near 0 for a large loss, and in between grows with the gain', () => {
  const session = [keep(12), discard(-15), keep(0.3), discard(-0.5), keep(1.8), discard(-4)]
  const [plain = 0, loss = 1, small = 0, , middle = 0] = probabilitiesReal(session, 1) as number[]
  expect(plain).toBeGreaterThan(0.999)
  expect(loss).toBeLessThan(0.001)
  expect(small).toBeGreaterThan(0.1)
  expect(small).toBeLessThan(middle)
  expect(middle).toBeLessThan(0.95)
})

test('a keep is probably lucky if all later candidates look worse by the same amount', () => {
  // Twelve candidates about 1.5σ worse than the new head lower its P(real) below that with twelve about equal ones.
  const after = (gain: number) => Array.from({ length: 12 }, (_, i) => discard(gain + (i % 3) * 0.4 - 0.4))
  const [lucky = 0] = probabilitiesReal([keep(1.5), ...after(-1.5)], 1) as number[]
  const [sound = 0] = probabilitiesReal([keep(1.5), ...after(-0.2)], 1) as number[]
  expect(sound - lucky).toBeGreaterThan(0.1)
})

test('the mean of more runs has a higher P(real)', () => {
  const rest = [discard(-1), discard(-2), discard(-0.5)]
  const [once = 0] = probabilitiesReal([...rest, keep(1.5)], 1).slice(-1) as number[]
  const [thrice = 0] = probabilitiesReal([...rest, keep(1.5, 3)], 1).slice(-1) as number[]
  expect(thrice).toBeGreaterThan(once)
})

test('P(real) does not depend on the unit of the metric', () => {
  const session = [keep(1.2), discard(-0.4), discard(-3), keep(0.2)]
  const scaled = session.map(one => ({ ...one, gain: one.gain * 0.0005 }))
  const small = probabilitiesReal(scaled, 0.0005) as number[]
  probabilitiesReal(session, 1).forEach((chance, i) => {
    expect(small[i]).toBeCloseTo(chance ?? -1, 9)
  })
})

test.each([1, 3, 30, 3000])('gives a probability to each of %i experiments, outliers included', n => {
  const random = createRandom(n)
  const session = Array.from({ length: n }, (_, i) => {
    const gain = i % 7 === 3 ? -4500 : random.normal() * 2 - 1
    return { gain, runs: 1, kept: gain > 2 }
  })
  const found = probabilitiesReal(session, 1)
  expect(found).toHaveLength(n)
  for (const chance of found) expect(chance !== null && chance >= 0 && chance <= 1).toBe(true)
})

test('a gain that is not finite is an error', () => {
  expect(() => probabilitiesReal([keep(Number.NaN)], 1)).toThrow(RangeError)
})

/** Sessions that keep any lower value, in units of σ; most changes are bad, one in five is good. */
function simulate(random: Random, experiments: number) {
  let [truth, best] = [0, random.normal()]
  return Array.from({ length: experiments }, () => {
    const scale = [0.5, 1, 2.5, 6][Math.floor(random.uniform() * 4)] ?? 1
    const effect = Math.abs(random.normal()) * (random.uniform() < 0.2 ? scale / 2 : -scale)
    const gain = truth + effect + random.normal() - best
    const kept = gain > 0
    if (kept) {
      truth += effect
      best += gain
    }
    return { gain, runs: 1, kept, effect }
  })
}

test('P(real) is calibrated: of the keeps with P(real) near p, a share of p is real', () => {
  const random = createRandom(4)
  const bins = [0, 1, 2, 3].map(() => ({ keeps: 0, predicted: 0, real: 0 }))
  for (let session = 0; session < 60; session++) {
    const judged = simulate(random, 125)
    probabilitiesReal(judged, 1).forEach((chance, i) => {
      const bin = bins[Math.min(3, Math.floor((chance ?? 0) * 4))]
      if (!judged[i]?.kept || !bin || chance === null) return
      bin.keeps++
      bin.predicted += chance
      bin.real += judged[i].effect > 0 ? 1 : 0
    })
  }
  for (const { keeps, predicted, real } of bins) {
    expect(keeps).toBeGreaterThan(50)
    // A tenth is two to three standard errors of these shares; the prior is estimated, not known.
    expect(Math.abs(predicted - real) / keeps).toBeLessThan(0.1)
  }
  const sum = (of: (bin: (typeof bins)[number]) => number) => bins.reduce((total, bin) => total + of(bin), 0)
  expect(Math.abs(sum(bin => bin.predicted) - sum(bin => bin.real)) / sum(bin => bin.keeps)).toBeLessThan(0.05)
})
