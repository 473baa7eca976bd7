import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type DecisionInput, decide } from '../../scripts/ratchet/decide.ts'

/** With σ 0.001, so that a net line costs 0.0001; the head is also the best value so far. */
function judge(changed: Partial<DecisionInput>) {
  const head = changed.head ?? 0.98
  return decide({
    goal: 'minimize',
    candidate: [0.98],
    head,
    best: head,
    sigma: 0.001,
    linesAdded: 1,
    linesRemoved: 1,
    policy: { lineCost: 0.1, repeat: 'never' },
    ...changed,
  })
}

test('better is kept, equal and worse are discarded', () => {
  expect(judge({ candidate: [0.9799] })).toMatchObject({ verdict: 'keep', needed: 0 })
  expect(judge({ candidate: [0.9799] }).gain).toBeCloseTo(0.0001, 9)
  expect(judge({ candidate: [0.98] })).toMatchObject({ verdict: 'discard', gain: 0 })
  expect(judge({ candidate: [0.9801] }).verdict).toBe('discard')
})

test('the reason tells the values apart, whatever their size', () => {
  const reason = (candidate: number, head: number) =>
    judge({ candidate: [candidate], head, best: head, sigma: null }).reason
  expect(reason(4.1e-8, 5.2e-8)).toBe('4.1e-8 is 1.1e-8 better than 5.2e-8')
  expect(reason(123456789.12, 123456789.15)).toBe('123456789.12 is 0.03 better than 123456789.15')
  expect(reason(0.9979, 0.99790012)).toBe('0.9979000 is 1.2e-7 better than 0.9979001')
  expect(reason(0.9979, 0.9981)).toBe('0.997900 is 0.000200 better than 0.998100')
})

test('a gain must exceed the cost of its net added lines', () => {
  // 15 added, 3 removed: 12 · 0.1 · 0.001 = 0.0012.
  const lines = { linesAdded: 15, linesRemoved: 3 }
  expect(judge({ ...lines, candidate: [0.9787] }).verdict).toBe('keep') // gains 0.0013
  expect(judge({ ...lines, candidate: [0.9789] }).verdict).toBe('discard') // gains 0.0011
  expect(judge({ ...lines, candidate: [0.9789] }).needed).toBeCloseTo(0.0012, 12)
})

test('a change that removes lines may lose as much as the lines cost, up to σ/2', () => {
  // 3 lines: 0.0003. 40 lines would be 0.004, but σ/2 is 0.0005.
  const three = { linesAdded: 0, linesRemoved: 3 }
  expect(judge({ ...three, candidate: [0.98029] }).verdict).toBe('keep')
  expect(judge({ ...three, candidate: [0.98031] }).verdict).toBe('discard')
  const forty = { linesAdded: 0, linesRemoved: 40 }
  expect(judge({ ...forty, candidate: [0.98049] })).toMatchObject({ verdict: 'keep', needed: -0.0005 })
  expect(judge({ ...forty, candidate: [0.98051] }).verdict).toBe('discard')
})

test('the loss of a simplification counts from the best value so far, so that small losses do not add up', () => {
  // The head has already lost 0.0004 of the 0.0005 allowed for forty lines: 0.0001 is left.
  const forty = { linesAdded: 0, linesRemoved: 40, head: 0.9804, best: 0.98 }
  expect(judge({ ...forty, candidate: [0.98049] }).verdict).toBe('keep')
  expect(judge({ ...forty, candidate: [0.98051] }).verdict).toBe('discard')
  // Three lines allow 0.0003, which is already lost: only a change that is not worse than the head is kept.
  const three = { ...forty, linesRemoved: 3 }
  expect(judge({ ...three, candidate: [0.98041] }).verdict).toBe('discard')
  expect(judge({ ...three, candidate: [0.9804] })).toMatchObject({ verdict: 'keep', needed: 0 })
})

test('after any number of simplifications the value is within σ/2 of the best so far', () => {
  let head = 0.98
  for (let i = 0; i < 50; i++) {
    const candidate = head + 0.0001
    if (judge({ linesAdded: 0, linesRemoved: 10, candidate: [candidate], head, best: 0.98 }).verdict === 'keep')
      head = candidate
  }
  expect(head).toBeGreaterThan(0.98)
  expect(head).toBeLessThanOrEqual(0.9805 + 1e-9)
})

test.each([null, 0])('with σ %s lines cost nothing, and an equal value is kept only if it removes lines', sigma => {
  const long = { sigma, linesAdded: 500, linesRemoved: 0 }
  expect(judge({ ...long, candidate: [0.979999] })).toMatchObject({ verdict: 'keep', needed: 0, sigma })
  expect(judge({ ...long, candidate: [0.98] }).verdict).toBe('discard')
  expect(judge({ sigma, candidate: [0.98] }).verdict).toBe('discard')
  const short = { sigma, linesAdded: 0, linesRemoved: 1 }
  expect(judge({ ...short, candidate: [0.98] })).toMatchObject({ verdict: 'keep', needed: 0 })
  expect(judge({ ...short, candidate: [0.980001] }).verdict).toBe('discard')
})

test('a marginal gain runs once more, then its mean decides', () => {
  const policy = { lineCost: 0.1, repeat: 'marginal' as const }
  expect(judge({ policy, candidate: [0.9785] }).verdict).toBe('repeat') // gains 0.0015, within 2σ = 0.002
  expect(judge({ policy, candidate: [0.9779] }).verdict).toBe('keep') // gains 0.0021
  expect(judge({ policy, candidate: [0.9801] }).verdict).toBe('discard') // a candidate that would be discarded is not run again
  // The second run is 0.9821: the mean, 0.9803, is worse. With 0.9805 it is 0.9795, and kept.
  expect(judge({ policy, candidate: [0.9785, 0.9821] }).verdict).toBe('discard')
  expect(judge({ policy, candidate: [0.9785, 0.9805] }).verdict).toBe('keep')
  // No gain is marginal when σ is 0 or unknown.
  expect(judge({ policy, candidate: [0.9799], sigma: 0 }).verdict).toBe('keep')
  expect(judge({ policy, candidate: [0.9799], sigma: null }).verdict).toBe('keep')
})

test('maximize follows the same rule with the sign reversed', () => {
  expect(judge({ goal: 'maximize', candidate: [0.981] }).verdict).toBe('keep')
  expect(judge({ goal: 'maximize', candidate: [0.981] }).gain).toBeCloseTo(0.001, 9)
  expect(judge({ goal: 'maximize', candidate: [0.979] }).verdict).toBe('discard')
  expect(judge({ goal: 'maximize', candidate: [0.9797], linesAdded: 0, linesRemoved: 4 }).verdict).toBe('keep')
})

test.each<[Partial<DecisionInput>, string]>([
  [
    { candidate: [0.9812], head: 0.981773, sigma: 0.0002, linesAdded: 12, linesRemoved: 0 },
    '0.981200 is 0.000573 better than 0.981773, above the 0.000240 required for 12 added lines',
  ],
  [{ candidate: [0.9801] }, '0.980100 is 0.000100 worse than 0.980000'],
  [{ candidate: [0.98] }, '0.980000 equals 0.980000'],
  [
    { candidate: [0.9799], linesAdded: 3, linesRemoved: 1 },
    '0.979900 is 0.000100 better than 0.980000, not above the 0.000200 required for 2 net added lines',
  ],
  [{ candidate: [0.98], linesRemoved: 3 }, '0.980000 equals 0.980000 and is 2 lines shorter'],
  [
    { candidate: [0.9802], linesAdded: 0 },
    '0.980200 is 0.000200 worse than 0.980000, more than the 0.000100 allowed for 1 removed line',
  ],
  [
    { candidate: [0.98049], linesAdded: 0, linesRemoved: 40, head: 0.9804, best: 0.98 },
    '0.980490 is 0.000090 worse than 0.980400, within the 0.000100 allowed for 40 removed lines, counted from the best so far, 0.980000',
  ],
  [
    { candidate: [0.98], sigma: null, linesAdded: 0, head: 0.97 },
    '0.980000 is 0.010000 worse than 0.970000; no loss is allowed for 1 removed line',
  ],
  [
    { candidate: [93.5, 94.5], head: 93, goal: 'maximize', sigma: null },
    '94.00000, the mean of 2 runs, is 1.00000 better than 93.00000',
  ],
  [
    { candidate: [0.979], policy: { lineCost: 0.1, repeat: 'marginal' } },
    '0.979000 is 0.001000 better than 0.980000, within 2σ (0.002000): one more run decides',
  ],
])('the reason is one sentence with the numbers: %#', (changed, reason) => {
  expect(judge(changed).reason).toBe(reason)
})

test('a value that is not finite is an error, not a verdict', () => {
  expect(() => judge({ candidate: [Number.NaN] })).toThrow(RangeError)
  expect(() => judge({ head: Number.POSITIVE_INFINITY })).toThrow(RangeError)
  expect(() => judge({ candidate: [] })).toThrow(RangeError)
  expect(() => judge({ sigma: -0.1 })).toThrow(RangeError)
})

/** Verdicts of a session whose proposals change the metric by `delta`, with head and best updated as the loop does. */
function session(goal: DecisionInput['goal'], sign: 1 | -1, policy: DecisionInput['policy'], proposals: Proposal[]) {
  let [head, best] = [sign * 2.5, sign * 2.5]
  return proposals.map(({ delta, again, linesAdded, linesRemoved, sigma }) => {
    const base = { goal, head, best, sigma, linesAdded, linesRemoved, policy }
    const first = head + sign * delta
    let decision = decide({ ...base, candidate: [first] })
    const repeated = decision.verdict === 'repeat'
    if (repeated) decision = decide({ ...base, candidate: [first, head + sign * again] })
    if (decision.verdict === 'keep') {
      head = decision.candidate
      best = goal === 'minimize' ? Math.min(best, head) : Math.max(best, head)
    }
    return { repeated, verdict: decision.verdict, gain: decision.gain, needed: decision.needed }
  })
}

type Proposal = { delta: number; again: number; linesAdded: number; linesRemoved: number; sigma: number | null }
const small = fc.double({ min: -0.005, max: 0.005, noNaN: true })
const proposal: fc.Arbitrary<Proposal> = fc.record({
  delta: fc.oneof(small, fc.constant(0)),
  again: small,
  linesAdded: fc.nat(20),
  linesRemoved: fc.nat(20),
  sigma: fc.constantFrom(null, 0, 0.001),
})

test('a session that minimizes y decides as one that maximizes −y', () => {
  const policies = fc.record({ lineCost: fc.constantFrom(0, 0.1), repeat: fc.constantFrom('never', 'marginal') })
  let [keeps, repeats] = [0, 0]
  fc.assert(
    fc.property(fc.array(proposal, { minLength: 20, maxLength: 60 }), policies, (proposals, policy) => {
      const down = session('minimize', 1, policy, proposals)
      keeps += down.filter(({ verdict }) => verdict === 'keep').length
      repeats += down.filter(({ repeated }) => repeated).length
      expect(session('maximize', -1, policy, proposals)).toEqual(down)
    }),
    { seed: 3 },
  )
  // The property means something only if the sessions held enough keeps and repeats.
  expect(keeps).toBeGreaterThan(100)
  expect(repeats).toBeGreaterThan(100)
})
