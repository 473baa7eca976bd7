import { expect, test } from 'vitest'
import { answer } from '../../../site/data/session/answer.ts'
import { reportSections, reportTree } from '../../../site/data/session/report.ts'
import { frontierCaption } from '../../../site/data/session/summary.ts'
import { timeline, timelineCaption, trainingText } from '../../../site/data/session/timeline.ts'
import { waterfall, waterfallCaption } from '../../../site/data/session/waterfall.ts'
import { readEntry } from '../../../site/data/sessions.ts'
import { view } from '../../../site/data/view.ts'
import { labelWidth } from '../../../site/figures/text.ts'
import { waterfallFigure } from '../../../site/figures/waterfall/waterfall.ts'
import { h100Id, h100Sessions } from '../../helpers/h100Session.ts'

const entry = await readEntry(h100Sessions, h100Id)
if (entry.kind !== 'session') throw new Error(entry.problem)
const v = view(entry)

test('the page of a session of an older version leads with what its confirm can say', () => {
  const { title, verdict, holdout, counts } = answer(v)
  expect(title).toBe('Not confirmed yet: val_bpb 1.4035 → 1.1287 on at least 1 new seed')
  expect([verdict, holdout]).toEqual(['1 of 4 confirmation runs was interrupted.', 'Holdout: inconclusive.'])
  expect(counts).toBe('2 experiments, 2 kept, 0 crashed, best single run 1.1146.')
  expect(frontierCaption(v).reading).toContain('the mean of the runs on at least 1 new seed')
})

test('its report is the present template’s, not the text of the version that ran it', async () => {
  const tree = await reportTree(v, () => null)
  const sections = tree === null ? [] : reportSections(tree, entry.prose)
  expect(sections.map(({ title }) => title)).toEqual(
    expect.arrayContaining(['What was kept', 'What is not proven', 'What to try next', 'Disclosure']),
  )
  const text = JSON.stringify(sections)
  expect(text).toContain('Finish it (about 10 min)')
  // What version 7ba2962 wrote, from which the present facts differ.
  for (const old of ['The command to go on with', 'chance unknown', 'the best lies at the end'])
    expect(text).not.toContain(old)
})

test('training is the loop’s alone, so what confirm took is said with it', () => {
  if (entry.digest === null) throw new Error('A session that has ended has facts.')
  // 30.2 s and 117.0 s of 235.3 s; 7.9 s in no run.
  expect(trainingText(entry.digest.time)).toBe('13% of 3 min 55 s, confirm 50%')
  const times = timeline(v)
  if (times === null) throw new Error('Its runs have times.')
  expect(timelineCaption(v, times, 'a minute').finding).toBe('Training filled 13% of 3 min 55 s, confirm 50%, 3% idle.')
})

test('an interval that reaches the end of the scale ends left of its number', () => {
  const data = waterfall(v)
  if (data === null) throw new Error('Changes were kept.')
  expect(waterfallCaption(v).finding).toBe(
    'Single runs show −0.2921; in confirm the change is −0.2748 ± 0.8399, which includes zero.',
  )
  // The drawing of 1,000 px; that of a phone leaves the interval to the caption.
  const wide =
    String(waterfallFigure(data))
      .split('<svg')
      .find(text => text.includes('viewBox="0 0 1000 ')) ?? ''
  const ends = [...wide.matchAll(/d="M[\d.]+,[\d.]+L([\d.]+),/g)].map(([, end]) => Number(end))
  expect(1000 - Math.max(...ends)).toBeGreaterThan(labelWidth('−0.2748 ± 0.8399', true))
})
