import { describe, expect, test } from 'vitest'
import { coverageSentence, seedAdvice, seedsOf } from '../../../scripts/analysis/confirm/seeds.ts'
import { digest } from '../../../scripts/analysis/digest.ts'
import { resultParagraph, resultSentences } from '../../../scripts/analysis/result/sentences.ts'
import type { Session } from '../../../scripts/record/schema.ts'
import { facts } from '../../../scripts/report/facts/facts.ts'
import { headline } from '../../../scripts/report/headline.ts'
import { answer } from '../../../scripts/report/sections/answer.ts'
import { confirmationPart } from '../../../scripts/report/sections/confirmation.ts'
import { noiseSentences } from '../../../scripts/report/sections/session.ts'
import { answer as pageAnswer } from '../../../site/data/session/answer.ts'
import { view } from '../../../site/data/view.ts'
import { buildSession, exampleSession } from '../../helpers/exampleRecords.ts'

/** Everything that says how a session's gain was confirmed. */
function textsOf(over: Partial<Session>): string[] {
  const example = exampleSession()
  const session = buildSession(over)
  const withHoldout = session.metric.holdout !== null
  const experiments = example.experiments.map(e => ({
    ...e,
    runs: e.runs.map(run => (withHoldout ? run : { ...run, holdout: null })),
  }))
  const { patches } = example
  const found = digest(session, experiments, patches)
  const folder = {
    kind: 'session' as const,
    id: session.id,
    folder: '',
    session,
    experiments,
    digest: found,
    report: null,
    prose: null,
  }
  return [
    headline(found, session),
    resultParagraph(resultSentences(found)),
    [...answer(found, experiments), JSON.stringify(confirmationPart(found))].join(' '),
    noiseSentences(found).join(' '),
    [...facts(found).values()].map(fact => fact.text).join(' '),
    pageAnswer(view(folder))
      .details.map(({ text }) => text)
      .join(' '),
  ]
}

const claimsSeeds = /\b(new|unused|two|2) seeds?\b|never used|seed 1\d{3}/

test('where the target reads the seed, the gain is confirmed on new seeds', () => {
  const [title, terminal, report, noise, , page] = textsOf({})
  expect(title).toMatch(/confirmed on 2 new seeds$/)
  expect(terminal).toContain('Confirmed on 2 new seeds.')
  expect(report).toContain('were run again, 2 seeds each, and 2 runs of the baseline that the loop had planned.')
  expect(noise).toContain('from seed to seed')
  expect(page).toContain('2 seeds each')
})

describe.each(['fixed', 'none', 'unknown'] as const)('where the use of the seed is %s', use => {
  const texts = textsOf({ seedUse: { use, files: use === 'fixed' ? ['train.py'] : [] } })

  test('no text speaks of new seeds', () => {
    for (const text of texts) expect(text).not.toMatch(claimsSeeds)
  })

  test('the texts say what was done, and what it covers', () => {
    const [title, terminal, report, noise, , page] = texts
    const same = use === 'fixed' ? ', same seed' : ''
    const withSame = use === 'fixed' ? ' with the same seed' : ''
    expect(title).toMatch(new RegExp(`confirmed in 2 re-runs${withSame}$`))
    expect(terminal).toContain(`Confirmed in 2 re-runs${withSame}.`)
    expect(report).toContain(`2 re-runs each${same}`)
    expect(noise).toContain('from run to run')
    expect(page).toContain(`2 re-runs each${same}`)
    for (const text of [report, page])
      expect(text).toContain(coverageSentence({ use, files: use === 'fixed' ? ['train.py'] : [], identical: false }))
  })
})

test('runs that agree on every seed are said to add nothing', () => {
  const noise = { sigma: 0, interval: null, df: 2, runs: 3, earlier: [] }
  expect(coverageSentence(seedsOf(buildSession(), new Map(), noise))).toContain('identical values on every seed')
  expect(coverageSentence(seedsOf(buildSession(), new Map(), { ...noise, sigma: 0.1 }))).toBe('')
})

test('of a session of an earlier version, only a file that reads the seed is evidence', () => {
  const earlier = buildSession({ seedUse: null })
  const source = (text: string) => new Map([['train.py', text]])
  expect(seedsOf(earlier, source('os.environ["NIGHTSHIFT_SEED"]'), null)).toMatchObject({
    use: 'read',
    files: ['train.py'],
  })
  // A frozen file, which is not stored, may read it.
  expect(seedsOf(earlier, source('torch.manual_seed(42)'), null)).toMatchObject({ use: 'unknown', files: [] })
})

test('without a holdout the title and the sentences say so', () => {
  const metric = { name: 'val_bpb', goal: 'minimize', unit: null, holdout: null } as const
  const [title, terminal] = textsOf({ metric })
  for (const text of [title, terminal]) expect(text).toMatch(/[nN]o holdout/)
})

test('the advice names the file and what to write', () => {
  expect(seedAdvice({ use: 'fixed', files: ['train.py'] })).toEqual([
    'the target sets its seed itself (train.py) and does not read NIGHTSHIFT_SEED: confirm re-runs the same seed',
    'to confirm on new seeds, set the seed from NIGHTSHIFT_SEED in the run, e.g. torch.manual_seed(int(os.environ.get("NIGHTSHIFT_SEED", "42")))',
  ])
  // Python's line helps nobody whose target is in another language.
  expect(seedAdvice({ use: 'none', files: [] }).at(-1)).toBe(
    'to confirm on new seeds, set the seed from NIGHTSHIFT_SEED in the run',
  )
  expect(seedAdvice({ use: 'read', files: [] })).toEqual([])
})
