/** The data of the first page and of the ideas. */
import { JSDOM } from 'jsdom'
import { expect, test } from 'vitest'
import { digest } from '../../../scripts/analysis/digest.ts'
import type { Digest } from '../../../scripts/analysis/schema.ts'
import { roughDuration } from '../../../scripts/lib/format.ts'
import { csv } from '../../../site/data/csv.ts'
import { atom } from '../../../site/data/feed.ts'
import { homeIdeas, ideasOf } from '../../../site/data/ideas.ts'
import { answer } from '../../../site/data/session/answer.ts'
import { gainOf, keptFacts, keptGroups } from '../../../site/data/session/kept.ts'
import { costText, timeShares, warningsOf } from '../../../site/data/session/warnings.ts'
import { type View, view } from '../../../site/data/view.ts'
import { policy } from '../../../site/layouts/policy.ts'
import { type SessionOptions, simulate } from '../../helpers/exampleSessions.ts'

/** A session with its digest, some fields replaced. */
function viewOf(options: Partial<SessionOptions> = {}, facts: Partial<Digest> = {}, change?: (v: View) => void): View {
  const session = simulate({ id: '2026-11-20-h100-kqzt-nov20', experiments: 40, ...options })
  const known = { ...digest(session.session, session.experiments, new Map()), ...facts }
  const v = view({
    kind: 'session',
    id: session.session.id,
    folder: '',
    ...session,
    digest: known,
    report: null,
    prose: null,
  })
  change?.(v)
  return v
}

test('every kept change is in one group, and the groups add up to the claim', () => {
  const v = viewOf({ experiments: 126 })
  const { big, small, unproven, tooFew, refuted } = keptGroups(v)
  const all = [...big, ...small, ...unproven, ...tooFew, ...refuted]
  expect(all.map(k => k.number).sort()).toEqual(v.kept.map(k => k.number).sort())
  expect(gainOf(all)).toBeCloseTo(v.gain ?? Number.NaN, 9)
  expect(big.length).toBeGreaterThan(0)
  expect(big.every(k => ['likely', 'confirmed', 'too few runs'].includes(k.label ?? ''))).toBe(true)
})

test('before a report nothing is called likely: the largest changes are listed, the others summed up', () => {
  const session = viewOf({ experiments: 126 })
  const v = view({ ...session, digest: null })
  const { big, small, unproven } = keptGroups(v)
  expect(big).toEqual(v.kept.slice(0, 6))
  expect(small).toEqual([])
  expect(unproven).toHaveLength(v.kept.length - 6)
})

test('the memory of a change is given relative to the best it was made against', () => {
  const v = viewOf()
  const [first] = v.kept
  const experiment = v.experiments.find(e => e.number === first?.number)
  if (!first || !experiment) throw new Error('nothing kept')
  expect(keptFacts(v, first)).not.toContain('memory')
  experiment.memoryMb = (experiment.memoryMb ?? 0) + 16.3 * 1024
  expect(keptFacts(v, first)).toContain('16.3 GB more memory')
  experiment.memoryMb -= 20 * 1024
  expect(keptFacts(v, first)).toContain('3.7 GB less memory')
})

test('the estimated time of confirm depends on its seeds; a collected session has no command', () => {
  const own = answer(viewOf({ confirmed: null }))
  expect(own.next).toMatchObject({ kind: 'confirm', seconds: 6 * 308.4 })
  expect(own.toDo).toBe('Confirm it (about 31 min)')
  const foreign = viewOf({ confirmed: null }, {}, v => {
    v.session.source = { kind: 'table', from: 'fork.bundle' }
  })
  expect(answer(view({ ...foreign, digest: null }))).toMatchObject({ kind: 'unconfirmed', toDo: 'Write its report' })
  expect([roughDuration(1), roughDuration(1850.4), roughDuration(12_600)]).toEqual(['1 s', '31 min', '3.5 h'])
})

test('the holdout is shown beside the confirmed gain, with a warning only where its gain is smaller', () => {
  const v = viewOf()
  expect(answer(v)).toMatchObject({ kind: 'confirmed', holdout: 'Holdout: 1.0078 → 0.9944, 1.3% lower.' })
  const gap = { gain: 0.009, interval: [0.007, 0.011] as [number, number], verdict: 'smaller' as const }
  const fitted = (over: Partial<typeof gap> | { verdict: 'inconclusive' }) =>
    warningsOf(viewOf({}, { gap: { ...gap, ...over } })).filter(d => d.key === 'holdout')
  expect(fitted({ verdict: 'inconclusive' })).toEqual([])
  expect(fitted({})).toMatchObject([{ text: expect.stringContaining('0.0090 ± 0.0020 smaller than on val') }])
})

test('contradicted descriptions, drift, shared GPUs and outages are warnings with their experiments', () => {
  const contradictions = [5, 6, 7, 8, 9].map(experiment => ({
    experiment,
    claim: 'dim ~512',
    found: 'model_dim is 640',
  }))
  const outage = { agentIndex: 0, use: 'claude', kind: 'rate-limit', detail: 'It is asleep.', tries: 3, experiments: 4 }
  const times = { startedAt: '2026-11-20T22:00:00Z', endedAt: '2026-11-20T23:30:00Z' }
  const drift = [
    { kind: 'drift' as const, of: 'speed' as const, experiment: 3, sentence: 'It slowed down.' },
    { kind: 'gpu' as const, of: 'sharing' as const, experiment: 4, sentence: 'Another process was on the GPU.' },
  ]
  const warnings = warningsOf(viewOf({}, { warnings: contradictions, drift, outages: [{ ...outage, ...times }] }))
  expect(warnings.map(d => d.key)).toEqual(['noise', 'drift', 'gpu', 'words', 'words', 'words', 'words', 'outage'])
  expect(warnings[2]).toEqual({ key: 'gpu', text: 'Another process was on the GPU.', experiments: [4] })
  expect(warnings[3]).toMatchObject({ text: '“dim ~512” says the description; model_dim is 640.', experiments: [5] })
  expect(warnings[6]?.experiments).toEqual([8, 9])
  expect(warnings[7]?.text).toBe(
    'claude was out (rate-limit) from 22:00 to 23:30 UTC, 1 h 30 min; 4 experiments came from others meanwhile. Its first error: It is asleep.',
  )
})

test('time and cost leave out what is not known', () => {
  const v = viewOf()
  expect(timeShares(v).map(([name]) => name)).toContain('Confirming')
  expect(costText(v)).toBeNull()
  const paid = viewOf({}, { tokens: 1_234_567, costUsd: 3.5, costPerConfirmedKeep: 0.875 })
  expect(costText(paid)).toBe(
    'The agent used 1,234,567 tokens and $3.50. The agent cost $0.88 for each confirmed change.',
  )
})

test('ideas are near misses, pairs and open questions, and home shows a few of each', () => {
  const near = {
    misses: [3, 4, 5].map(n => ({
      experiment: n,
      description: `miss ${n}`,
      gain: -0.0001,
      shortfall: 0.0001,
      tries: 1,
    })),
    combinations: [{ experiments: [3, 4] as [number, number], gain: -0.0002 }],
  }
  const crash = { cause: 'shapes do not fit', experiments: [7, 8], statuses: ['crash' as const], reason: 'must match' }
  const late = { cause: 'out of time', experiments: [9], statuses: ['timeout' as const], reason: 'It ran past 600 s.' }
  const own = viewOf({}, { near, causes: [crash, late] })
  const ideas = ideasOf(own, [own])
  const of = (kind: string) => ideas.filter(i => i.kind === kind)
  expect(of('repeat').map(i => i.text)).toEqual(['miss 3', 'miss 4', 'miss 5'])
  expect(of('repeat')[0]?.key).toBe('+0.00010')
  expect(of('together')).toMatchObject([
    { experiments: [3, 4], why: expect.stringContaining('never tried in one experiment') },
  ])
  expect(of('question')[0]).toMatchObject({
    key: 'crashed',
    why: expect.stringContaining('1 more failed the same way.'),
  })
  const [, unproven] = of('question')
  expect(unproven).toMatchObject({ key: 'is it real?', command: expect.stringMatching(/ --ablate$/) })
  // Its reason is the label's, whatever P(real) is.
  const kept = own.kept.find(k => k.number === unproven?.experiments[0])
  expect(unproven?.why).toMatch(/neither confirmed nor likely\. /)
  expect(unproven?.why.endsWith(kept?.labelReason ?? 'none')).toBe(true)
  expect(
    homeIdeas(ideas)
      .map(i => i.kind)
      .slice(-3),
  ).toEqual(['repeat', 'repeat', 'together'])
})

test('CSV quotes cells, keeps numbers, and escapes formulas', () => {
  const text = csv(
    ['a', 'b'],
    [
      ['=HYPERLINK("x")', -1.5],
      ['one, "two"\nthree', null],
      ['-1 line', 0],
      ['-0.5', '1e-3'],
      ['a;=b;-1\t@c\n+d; -1', '\uff1dwide'],
    ],
  )
  expect(text).toBe(
    `a,b\r\n"'=HYPERLINK(""x"")",-1.5\r\n"one, ""two""\nthree",\r\n'-1 line,0\r\n-0.5,1e-3\r\n"a;'=b;'-1\t'@c\n'+d; -1",'\uff1dwide\r\n`,
  )
})

test('the feed is well-formed with hostile text and invalid characters', () => {
  const title = `]]> <b>&amp; "'\u0000\ud800\uffff`
  const times = { published: null, updated: '2026-11-21T00:00:00Z' }
  const text = atom(title, [{ id: 'a/"<', title, href: 'sessions/a%22.html', html: '<p>x</p>', ...times }])
  const { document } = new JSDOM(text, { contentType: 'application/xml' }).window
  expect(document.querySelector('entry title')?.textContent).toBe(`]]> <b>&amp; "'\ufffd`)
  expect(document.querySelector('content')?.textContent).toBe('<p>x</p>')
})

test('a policy allows only the sources that a page names', () => {
  expect(policy('', [])).toContain("script-src 'none';")
  expect(policy('', ['x'], { scripts: "'self'" })).toMatch(/script-src 'sha256-\S+ 'self'; connect-src 'self';/)
})
