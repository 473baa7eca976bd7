/** The choice of the author: the session's agent if it can write, another by flag, only known clients from a record. */
import { expect, test } from 'vitest'
import { agentSchema } from '../../../scripts/program/contract.ts'
import { authorByContract, authorByFlags, authorByRecord } from '../../../scripts/report/agent/chooseAuthor.ts'
import { buildSession } from '../../helpers/exampleRecords.ts'

const claude = agentSchema.parse({ use: 'claude', model: 'opus', args: ['--x'] })
const command = agentSchema.parse({ use: 'command', command: './write.sh' })
const tuner = agentSchema.parse('tuner')

test('at the end of a session its agent writes; a command writes only if program.md says so', () => {
  expect(authorByContract({ agent: claude })).toBe(claude)
  expect(authorByContract({ agent: tuner })).toBeNull()
  expect(authorByContract({ agent: command })).toBeNull()
  expect(authorByContract({ agent: tuner, report: { agent: command } })).toBe(command)
  expect(authorByContract({ agent: claude, report: { agent: 'none' } })).toBeNull()
})

test('flags name an agent or none, or are absent', () => {
  expect(authorByFlags({})).toBeUndefined()
  expect(authorByFlags({ agent: 'none' })).toBeNull()
  expect(authorByFlags({ agent: 'codex', model: 'm' })).toMatchObject({ use: 'codex', model: 'm' })
  expect(authorByFlags({ agent: 'command', command: 'sh x' })).toMatchObject({ use: 'command', command: 'sh x' })
})

test.each([
  [{ agent: 'tuner' }, 'The tuner cannot write a report.'],
  [{ agent: 'nobody' }, 'is one of claude'],
  [{ agent: 'command' }, 'needs `command'],
  [{ model: 'x' }, '--model and --command need --agent.'],
])('flags %j are rejected with a reason', (flags, said) => {
  expect(() => authorByFlags(flags)).toThrow(said)
})

test('from a record only a known client runs, with nothing but its model and effort', () => {
  const by = (contract: Record<string, unknown>, over = {}) => authorByRecord(buildSession({ contract, ...over }))
  const own = { ...claude, effort: 'high', env: ['HOME'], timeout: 9 }
  expect(by({ agent: own })).toEqual(agentSchema.parse({ use: 'claude', model: 'opus', effort: 'high' }))
  expect(by({ agent: { use: 'claude', model: '--dangerous' } })).toEqual(agentSchema.parse('claude'))
  expect(by({ agent: command })).toBeNull()
  expect(by({ agent: claude, report: { agent: command } })).toBeNull()
  expect(by({ agent: claude, report: { agent: 'none' } })).toBeNull()
  expect(by({ agent: claude }, { source: { kind: 'session', from: 'x' } })).toBeNull()
  expect(by({})).toBeNull()
  expect(by({ agent: 7, report: 'none' })).toBeNull()
})
