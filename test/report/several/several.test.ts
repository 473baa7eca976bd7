/** One report on several sessions. */
import { describe, expect, test } from 'vitest'
import { digest } from '../../../scripts/analysis/digest.ts'
import type { Experiment, Session } from '../../../scripts/record/schema.ts'
import { check } from '../../../scripts/report/check/check.ts'
import { weekDigest } from '../../../scripts/report/several/digest.ts'
import { weekSchema } from '../../../scripts/report/several/schema.ts'
import { weekContext, weekText } from '../../../scripts/report/several/write.ts'
import { buildExperiment, buildSession, exampleSession, patch } from '../../helpers/exampleRecords.ts'

interface Try {
  gain: number
  patch: string
  status?: 'keep' | 'discard'
  description?: string
}

/** A session of one-line changes to a baseline of 2.42; σ is 0.003, from two repeats of the baseline. */
function made(tag: string, tries: Try[], over: Partial<Session> = {}) {
  const session = buildSession({ id: `2026-11-${tag.slice(3)}-${tag}`, tag, ...over })
  const first = exampleSession().experiments[0] as Experiment
  const experiments = [
    { ...first, runs: first.runs.filter(run => run.purpose !== 'confirm') },
    ...tries.map(({ gain, status = 'keep', description }, i) =>
      buildExperiment(i + 1, {
        status,
        metric: 2.42 - gain,
        gain,
        description: description ?? `change ${i + 1} of ${tag}`,
        tree: null,
      }),
    ),
  ]
  const patches = new Map(tries.map((t, i) => [i + 1, t.patch]))
  return { session, digest: digest(session, experiments, patches) }
}

const rate = (from: string, to: string) => patch(`RATE = ${from}`, `RATE = ${to}`)
const decay = patch('DECAY = 0.1', 'DECAY = 0.2')
const width = patch('WIDTH = 128', 'WIDTH = 256')
const depth = patch('LAYERS = 2', 'LAYERS = 4')

const sessions = [
  made(
    'nov18',
    [
      { gain: 0.1, patch: rate('0.01', '0.02') },
      { gain: 0.05, patch: decay },
      { gain: 0.04, patch: width },
    ],
    { startedAt: '2026-11-18T22:00:00Z' },
  ),
  made(
    'nov19',
    [
      { gain: 0.2, patch: rate('0.04', '0.08') },
      { gain: -0.06, patch: decay, status: 'discard' },
      { gain: 0.001, patch: width, status: 'discard' },
    ],
    { startedAt: '2026-11-19T22:00:00Z', budget: 300 },
  ),
  made('nov20', [{ gain: 0.03, patch: depth }], { startedAt: '2026-11-20T22:00:00.000Z' }),
]

describe('evidence for a change', () => {
  const week = weekDigest(sessions)

  test('each change is listed once, with the evidence of the other sessions', () => {
    expect(
      week.lessons.map(({ kept, verdict }) => [kept.map(k => `${k.session.slice(-5)} ${k.experiment}`), verdict]),
    ).toEqual([
      [['nov19 1', 'nov18 1'], 'replicated'],
      [['nov18 2'], 'contradicted'],
      [['nov18 3'], 'nothing'],
      [['nov20 1'], 'untested'],
    ])
  })

  test('the digest is valid and independent of the order of the sessions', () => {
    expect(weekSchema.parse(JSON.parse(JSON.stringify(week)))).toEqual(week)
    expect(weekDigest([...sessions].reverse())).toEqual(week)
  })

  test('sessions with another budget, data or machine are in another group', () => {
    expect(week.sessions.map(n => [n.name, n.group])).toEqual([
      ['nov18', 0],
      ['nov19', 1],
      ['nov20', 0],
    ])
    const data = { name: 'stdlib', fingerprint: 'other' }
    expect(weekDigest([made('nov18', []), made('nov19', [], { data })]).groups).toBe(2)
    // Nobody knows whether these were the same.
    expect(weekDigest([made('nov18', [], { data: null }), made('nov19', [], { data: null })]).groups).toBe(2)
  })

  test('constants changed by several sessions are listed with each session’s best value', () => {
    expect(week.knobs.map(({ name, sessions }) => [name, sessions.map(n => n.best)])).toEqual([
      ['RATE', ['0.02', '0.08']],
      ['DECAY', ['0.2', '0.1']],
      ['WIDTH', ['256', '128']],
    ])
  })

  test('a single session is accepted', () => {
    const { lessons, sessions: one } = weekDigest([sessions[2] as (typeof sessions)[number]])
    expect([one.length, lessons.map(({ verdict }) => verdict)]).toEqual([1, ['untested']])
  })

  test('changes without a diff and a description are incomparable', () => {
    const lone = made('nov21', [{ gain: 0.1, patch: '', description: 'baseline' }])
    const { lessons } = weekDigest([...sessions, lone])
    expect(lessons.at(-1)).toMatchObject({ kept: [{ session: lone.session.id }], verdict: 'incomparable' })
    expect(weekContext([lone]).templateSource).not.toContain('that no other session tried')
  })

  test('sessions with another metric are not evidence', () => {
    const metric = { name: 'loss', goal: 'minimize', unit: null, holdout: null } as const
    const other = made('nov19', [{ gain: 0.2, patch: decay }], { metric })
    const verdicts = weekDigest([sessions[0] as (typeof sessions)[number], other]).lessons.map(l => l.verdict)
    expect(new Set(verdicts)).toEqual(new Set(['untested']))
  })
})

describe('the report', () => {
  const about = weekContext(sessions)
  const text = weekText(about, about.templateSource, null)

  test('the template passes the checker', () => {
    expect(check(about.templateSource, about.known)).toEqual([])
    const alone = weekContext([made('nov21', [])])
    expect(check(alone.templateSource, alone.known)).toEqual([])
  })

  test('it starts with the confirmed gains and gives each change’s gain in its own session', () => {
    expect(text).toContain(
      '# 2026-11-18 to 2026-11-20 · 3 sessions on 1 machine: no gain confirmed, 1 change replicated',
    )
    expect(text).toContain('No gain over a baseline has been confirmed by re-runs.')
    expect(text).toContain('−0.2000 in nov19 and −0.1000 in nov18')
    expect(text).toMatch(/“change 2 of nov18” \(0002 of nov18\) \| −0\.0500 in nov18 \| [\w ]+ \| opposite in nov19/)
    expect(text).toContain('no visible effect in nov19')
    expect(text).toContain('tried nowhere else')
    expect(text).toContain('do not compare')
  })

  test('it contains changes of the metric, never values', () => {
    expect(text).not.toMatch(/2\.[2-4]\d/)
  })

  test('facts of each session can be referenced', () => {
    const source = about.templateSource.replace(
      '## The sessions',
      '## The sessions\n\nIt was :fact[nov18/claimed.gain].',
    )
    expect(weekText(about, source, null)).toContain('It was −0.1000.')
    expect(about.known.facts.get('nov18/headline.gain')).toBeUndefined()
  })

  test('text from collected sessions stays plain text', () => {
    const hostile = made('nov20', [{ gain: 0.03, patch: depth }])
    const kept = hostile.digest.kept.map(k => ({
      ...k,
      description: '<img src=x> [a](http://b.c) | @everyone :fact[x]',
    }))
    const bad = weekContext([{ ...hostile, digest: { ...hostile.digest, kept } }])
    const shown = weekText(bad, bad.templateSource, null)
    expect(shown).not.toMatch(/(?<!\\)<img|(?<!`)@everyone|](?<!`\[a\])\(http/)
  })
})
