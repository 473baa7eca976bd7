import { expect, test } from 'vitest'
import { type Measured, probabilitiesReal } from '../../scripts/stats/chance.ts'
import { createRandom, type Random } from '../../scripts/stats/random.ts'

const exact = { sigma: 1, df: Number.POSITIVE_INFINITY }
const discard = (gain: number, head?: Measured['head']) => ({ gain, runs: 1, kept: false, head })
const keep = (gain: number, runs = 1) => ({ gain, runs, kept: true })

/** Numbers the experiments, and measures each against the last keep before it unless it says otherwise. */
function inOrder(
  some: { gain: number; runs: number; kept: boolean; head?: Measured['head'] | undefined }[],
): Measured[] {
  let last = { number: 0, runs: 1 }
  return some.map(({ head, ...one }, i) => {
    const measured = { ...one, number: i + 1, head: head === undefined ? last : head }
    if (one.kept) last = { number: i + 1, runs: one.runs }
    return measured
  })
}
const chances = (some: Parameters<typeof inOrder>[0], noise = exact): number[] =>
  probabilitiesReal(inOrder(some), noise) as number[]

test('P(real) is null without σ, and 1 or 0 with σ = 0', () => {
  const judged = inOrder([keep(0.01), discard(-0.02), discard(0)])
  expect(probabilitiesReal(judged, null)).toEqual([null, null, null])
  expect(probabilitiesReal(judged, { sigma: 0, df: 2 })).toEqual([1, 0, 0])
  expect(probabilitiesReal([], exact)).toEqual([])
})

test('P(real) is near 1 for a large gain, near 0 for a large loss, and in between grows with the gain', () => {
  const session = [keep(12), discard(-15), keep(0.3), discard(-0.5), keep(1.8), discard(-4)]
  const [plain = 0, loss = 1, small = 0, , middle = 0] = chances(session)
  expect(plain).toBeGreaterThan(0.999)
  expect(loss).toBeLessThan(0.001)
  expect(small).toBeGreaterThan(0.1)
  expect(small).toBeLessThan(middle)
  expect(middle).toBeLessThan(0.95)
})

test('a keep is probably lucky if all later candidates look worse by the same amount', () => {
  // Twelve candidates about 1.5σ worse than the new head lower its P(real) below that with twelve about equal ones.
  const after = (gain: number) => Array.from({ length: 12 }, (_, i) => discard(gain + (i % 3) * 0.4 - 0.4))
  const [lucky = 0] = chances([keep(1.5), ...after(-1.5)])
  const [sound = 0] = chances([keep(1.5), ...after(-0.2)])
  expect(sound - lucky).toBeGreaterThan(0.1)
})

test('the mean of more runs has a higher P(real)', () => {
  const rest = [discard(-1), discard(-2), discard(-0.5)]
  const [once = 0] = chances([...rest, keep(1.5)]).slice(-1)
  const [thrice = 0] = chances([...rest, keep(1.5, 3)]).slice(-1)
  expect(thrice).toBeGreaterThan(once)
})

test('P(real) does not depend on the unit of the metric', () => {
  const session = [keep(1.2), discard(-0.4), discard(-3), keep(0.2)]
  const scaled = session.map(one => ({ ...one, gain: one.gain * 0.0005 }))
  const small = chances(scaled, { ...exact, sigma: 0.0005 })
  chances(session).forEach((chance, i) => {
    expect(small[i]).toBeCloseTo(chance, 9)
  })
})

test.each([1, 3, 30, 1000])('gives a probability to each of %i experiments, outliers included', n => {
  const random = createRandom(n)
  const session = Array.from({ length: n }, (_, i) => {
    const gain = i % 7 === 3 ? -4500 : random.normal() * 2 - 1
    return { gain, runs: 1, kept: gain > 2 }
  })
  const found = chances(session)
  expect(found).toHaveLength(n)
  for (const chance of found) expect(chance >= 0 && chance <= 1).toBe(true)
})

test('a gain that is not finite is an error', () => {
  expect(() => chances([keep(Number.NaN)])).toThrow(RangeError)
})

test('a discard tells of the head that it was measured against, even when it finished after the next keep', () => {
  // The audit's case: a keep of +2.5σ, and seven rivals of the baseline that look 2σ worse than it.
  const rivals = Array.from({ length: 7 }, () => discard(-2, { number: 0, runs: 1 }))
  const before = chances([...rivals, keep(2.5)])[7] ?? 0
  const after = chances([keep(2.5), ...rivals])[0] ?? 0
  expect(after).toBeCloseTo(before, 6)
  const booked = Array.from({ length: 7 }, () => discard(-2))
  expect(chances([keep(2.5), ...booked])[0]).toBeLessThan(after - 0.3)
})

test('a head that is no earlier keep shares its luck with no other head', () => {
  const unknown = { number: 99, runs: 1 }
  const [alone = 0, ...rest] = chances([keep(2), discard(-3, unknown), discard(-3, unknown)])
  expect(rest.every(chance => chance < 0.1)).toBe(true)
  expect(Math.abs(alone - (chances([keep(2)])[0] ?? 0))).toBeLessThan(0.1)
})

test('the less is known of σ, the less a gain can be believed', () => {
  const session = [discard(-1), discard(-2), keep(4), discard(-0.5)]
  const at = (df: number) => chances(session, { sigma: 1, df })[2] ?? 0
  expect(at(2)).toBeLessThan(at(6) - 0.01)
  expect(at(6)).toBeLessThan(at(1000))
  expect(at(1000)).toBeCloseTo(at(Number.POSITIVE_INFINITY), 2)
})

test('a run before a rebase tells of the head that it was measured against, and of its candidate', () => {
  const first = { gain: 3, head: { number: 0, runs: 1 } }
  const plain = inOrder([keep(2), keep(0.5), discard(-1)])
  const again = plain.map(one => (one.number === 2 ? { ...one, earlier: [first] } : one))
  const [, twice = 0] = probabilitiesReal(again, exact) as number[]
  const [, once = 1] = probabilitiesReal(plain, exact) as number[]
  expect(twice).toBeGreaterThan(once + 0.05)
})

test('a session of 124 experiments takes well under a second at six values of σ', () => {
  const random = createRandom(7)
  const judged = simulate(random, 124)
  chances(judged, { sigma: 1, df: 2 })
  const start = process.cpuUsage()
  chances(judged, { sigma: 1, df: 2 })
  const { user, system } = process.cpuUsage(start)
  expect((user + system) / 1e6).toBeLessThan(0.8)
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
    chances(judged).forEach((chance, i) => {
      const bin = bins[Math.min(3, Math.floor(chance * 4))]
      if (!judged[i]?.kept || !bin) return
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
