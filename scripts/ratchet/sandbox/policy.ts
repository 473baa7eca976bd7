/** What one run may do. */
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, isAbsolute, join } from 'node:path'
import { contains, notebook, sessionsRoot, workRoot } from '../../lib/paths.ts'
import { type Policy, temporaryFolders } from '../../lib/sandbox/policy.ts'
import { privatePaths } from '../../lib/sandbox/privatePaths.ts'
import { pythonFolder } from '../../lib/trainer.ts'
import type { Slot } from '../session/context.ts'
import { cacheRoot } from '../train/evaluate/hidden.ts'
import type { RunPaths } from '../train/runVariables.ts'
import type { SandboxContext } from './context.ts'

/**
 * Everything is read-only but the slot's worktree, the run's own folders and the session's compile caches. Hidden are what other
 * runs and sessions work on and have recorded, so that a run hands nothing to a later one, and what is private to the user. The paths of a run in which it writes must exist.
 *
 * @param gitDir the repository's
 * @param env of the run outside of a sandbox
 */
export function policyOf(
  { repository, contract, sandbox, hidden: ofContract }: SandboxContext,
  slot: Pick<Slot, 'path'>,
  paths: FoldersOfRun,
  gitDir: string,
  env: Record<string, string>,
): Omit<Policy, 'relay'> {
  const { run, given, output, home, temporary, caches } = paths
  const python = pythonFolder()
  // Of a slot's own worktree they were removed.
  const hidden = [
    workRoot,
    sessionsRoot,
    ...privatePaths(homedir()),
    ...ofContract.filter(path => !contains(slot.path, path)),
  ]
  // Only what lies in a hidden folder needs this, e.g. a repository in /tmp.
  const readable = [
    repository.root,
    gitDir,
    notebook,
    cacheRoot(env),
    ...contract.link.map(link => join(repository.root, link)),
    ...namedIn(env),
  ]
  return {
    writable: [...[slot.path, run, given, home, caches], ...(contract.evaluate?.after == null ? [] : [output])],
    hidden,
    readable: [
      ...readable.filter(path => !hidden.some(folder => contains(folder, path))),
      // Of TRAINER_PYTHON it lies in the hidden folder of sessions, and holds nothing else.
      ...(python === null ? [] : [python]),
    ],
    home,
    tmp: temporary,
    network: sandbox.record.network,
  }
}

/** A run's folders that it writes to. */
export type FoldersOfRun = Pick<RunPaths, 'run' | 'given' | 'output' | 'home' | 'temporary' | 'caches'>

/** Paths in folders of temporary files that the run's variables name, such as PATH and a folder of data. */
function namedIn(env: Record<string, string>): string[] {
  const temporary = temporaryFolders()
  const values = Object.entries(env).flatMap(([name, value]) => (usual.has(name) ? [] : value.split(delimiter)))
  return [...new Set(values)].filter(
    path =>
      isAbsolute(path) &&
      temporary.some(folder => contains(folder, path) && !contains(path, folder)) &&
      existsSync(path),
  )
}

/** They name the folder of temporary files itself. */
const usual = new Set(['TMPDIR', 'TMP', 'TEMP'])
