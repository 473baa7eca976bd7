/** The command of a job, which a launcher executes as it is, with the paths of the packages on its machine. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { commandOf } from '../launched/command.ts'

/** What stands for the paths. */
export const packageWords = { session: '{session}', run: '{run}' } as const

const unpack = readFileSync(join(import.meta.dirname, 'unpack.py'), 'utf8')

/** Program and arguments. @param python `engine.python` of program.md */
export const argvOf = (python: string | null): string[] => [
  ...['python3', '-I', '-S', '-c', unpack],
  ...[packageWords.session, packageWords.run],
  ...commandOf(python, { session: '@session', run: '@run' }),
]
