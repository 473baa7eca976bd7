import { expect, test } from 'vitest'
import { storedEngine } from '../../../scripts/program/engine.ts'
import { checkLauncher } from '../../../scripts/ratchet/hooks/check.ts'

test('a launcher that an agent could edit is refused', () => {
  const commands = { submit: 'python3 src/launcher.py submit', poll: 'p', cancel: 'c', fetch: 'f' }
  const engine = storedEngine.parse({ use: 'command', ...commands })
  expect(() => checkLauncher(engine, '/lab/program.md', '/lab', ['src/launcher.py'])).toThrow(
    '/lab/program.md: engine.submit: src/launcher.py is in edit, so the agent could change what your launcher does.',
  )
  expect(() => checkLauncher(engine, '/lab/program.md', '/lab', ['src/train.py'])).not.toThrow()
})
