import { expect, test } from 'vitest'
import { readVerb } from '../../../scripts/ratchet/control/readVerb.ts'

test('a verb, its other form, and the session after it', () => {
  expect(readVerb([], { until: '07:00' })).toEqual({ verb: 'begin', id: null })
  expect(readVerb(['stop'], { now: true })).toEqual({ verb: 'stop', id: null })
  expect(readVerb(['pause', 'nov21'], {})).toEqual({ verb: 'pause', id: 'nov21' })
  expect(readVerb(['resume', 'nov21'], { hours: '2' })).toEqual({ verb: 'resume', id: 'nov21' })
  expect(readVerb(['nov21'], { resume: true })).toEqual({ verb: 'resume', id: 'nov21' })
  expect(readVerb([], { resume: true })).toEqual({ verb: 'resume', id: null })
})

test.each([
  [['resmue'], {}, 'session has no verb resmue.', 'Did you mean `npx pnpm session resume`?'],
  [
    ['2026-11-21'],
    {},
    'session has no verb 2026-11-21.',
    'Verbs: stop, pause, resume, cancel. A session is named after its verb.',
  ],
  [['stop', 'a', 'b'], {}, 'Unexpected argument b.', 'stop takes one session.'],
  [['a', 'b'], { resume: true }, 'Unexpected argument b.', 'resume takes one session.'],
  [['pause'], { now: true }, '--now does not go with session pause.', 'It is for `npx pnpm session stop --now`.'],
  [
    ['stop'],
    { now: true, leave: true },
    '--now does not go with --leave.',
    '--now ends the runs, --leave lets those of an engine go on.',
  ],
  [['stop'], { hours: '2' }, '--hours does not go with session stop.', 'See --help.'],
  [[], { now: true }, '--now does not go with a new session.', 'It is for `npx pnpm session stop --now`.'],
  [[], { detach: true, 'dry-run': true }, '--detach does not go with --dry-run.', 'A dry run starts nothing.'],
])('%j with %j: %s', (positionals, values, message, advice) => {
  expect(() => readVerb(positionals, values)).toThrow(expect.objectContaining({ message, advice }))
})
