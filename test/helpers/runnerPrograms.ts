/** The two programs that execute one run: the harness's own, and that of a node. Tests of a run's owner use both. */
import { join } from 'node:path'
import { notebook } from '../../scripts/lib/paths.ts'
import { asSubreaper } from '../../scripts/lib/process/subreaper.ts'
import { nodeModules, python } from '../engines/node/modules.ts'

export interface RunnerProgram {
  name: string
  /** Takes a job on standard input. */
  command: string[]
  /** In its arguments, and not in those of what runs. */
  word: string
}

export const pythonRunner: RunnerProgram = {
  name: 'node',
  command: [python, nodeModules, 'run'],
  word: 'scripts/engines/node',
}

export const runnerPrograms: RunnerProgram[] = [
  {
    name: 'local',
    command: asSubreaper([process.execPath, join(notebook, 'scripts/engines/local/runner.ts')]),
    word: 'runner.ts',
  },
  pythonRunner,
]
