/** The two programs that execute one run: the harness's own, and that of a node. Tests of a run's owner use both. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { notebook } from '../../scripts/lib/paths.ts'
import { asSubreaper } from '../../scripts/lib/process/subreaper.ts'

/** The interpreter itself: what PATH has may be a script that searches for one, at each start. */
export const python3 = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim()

/** The folder that `python3 FOLDER VERB …` runs on a node. */
export const nodeFolder = join(notebook, 'scripts/engines/node')

export interface RunnerProgram {
  name: string
  /** Takes a job on standard input. */
  command: string[]
  /** In its arguments, and not in those of what runs. */
  word: string
}

export const pythonRunner: RunnerProgram = {
  name: 'node',
  command: [python3, nodeFolder, 'run'],
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
