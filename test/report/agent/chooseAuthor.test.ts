/** Who writes: the session's own agent where it can, another where somebody says so, nobody by a record from elsewhere. */
import { expect, test } from 'vitest'
import { agentSchema } from '../../../scripts/program/contract.ts'
import { authorByContract, authorByFlags, authorByRecord } from '../../../scripts/report/agent/chooseAuthor.ts'
import { buildSession } from '../../helpers/exampleRecords.ts'

const claude = agentSchema.parse({ use: 'claude', model: 'opus', args: ['--x'] })
const command = agentSchema.parse({ use: 'command', command: './write.sh' })
const tuner = agentSchema.parse('tuner')

test('at a session’s end, a thinking agent writes; a command does where the program says so', () => {
  expect(authorByContract({ agent: claude })).toBe(claude)
  expect(authorByContract({ agent: tuner })).toBeNull()
  expect(authorByContract({ agent: command })).toBeNull()
  expect(authorByContract({ agent: tuner, report: { agent: command } })).toBe(command)
  expect(authorByContract({ agent: claude, report: { agent: 'none' } })).toBeNull()
})

test('flags name an agent, none, or nobody', () => {
  expect(authorByFlags({})).toBeUndefined()
  expect(authorByFlags({ agent: 'none' })).toBeNull()
  expect(authorByFlags({ agent: 'codex', model: 'm' })).toMatchObject({ use: 'codex', model: 'm' })
  expect(authorByFlags({ agent: 'command', command: 'sh x' })).toMatchObject({ use: 'command', command: 'sh x' })
})

test.each([
  [{ agent: 'tuner' }, 'The tuner does not write.'],
  [{ agent: 'nobody' }, 'is one of claude'],
  [{ agent: 'command' }, 'needs `command'],
  [{ model: 'x' }, '--model and --command go with --agent.'],
])('of flags such as %j it is said what is wrong', (flags, said) => {
  expect(() => authorByFlags(flags)).toThrow(said)
})

test('by a record, a known client writes, with nothing of the record but its model and effort', () => {
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
