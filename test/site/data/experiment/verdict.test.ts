/** What the page of an experiment says first. */
import { expect, test } from 'vitest'
import { verdict } from '../../../../site/data/experiment/verdict.ts'
import { view } from '../../../../site/data/view.ts'
import { simulate } from '../../../helpers/exampleSessions.ts'

test.each([
  ['crash', 'Crash: exit code 1: ValueError: no.', 'Crashed.', 'Exit code 1: ValueError: no.'],
  ['timeout', 'Timeout: killed after 66 s', 'Timed out.', 'Killed after 66 s.'],
  ['refused', 'Refused: hook: too long.', 'Refused.', 'Hook: too long.'],
  ['aborted', 'Aborted.', 'Aborted.', 'Aborted.'],
] as const)('%s is said once, and then why', (status, reason, word, because) => {
  const { session, experiments } = simulate({ id: '2026-11-20-h100-kqzt-a', experiments: 3 })
  const [, made] = experiments
  if (made === undefined) throw new Error('the session has no experiment')
  const failed = { ...made, status, reason, metric: null, decision: null }
  const all = experiments.map(each => (each === made ? failed : each))
  const texts = { digest: null, report: null, prose: null }
  const shown = view({ kind: 'session', id: session.id, folder: '', session, experiments: all, ...texts })
  expect(verdict(shown, failed)).toEqual({ word, because })
})
