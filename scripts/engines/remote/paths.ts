/** Where things are below the root of a place, as node/layout.py has it. */
import { posix } from 'node:path'
import type { NodePaths } from '../nodeJob.ts'

/** What a key may be: it is the name of a file and of a folder on the node. */
export const keyPattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,199}$/

/** @param slot index of the place @param key of the run */
export function nodePaths(root: string, slot: number, key: string): NodePaths {
  const at = (...names: string[]) => posix.join(root, ...names)
  const work = at('runs', key)
  const inWork = (...names: string[]) => posix.join(work, ...names)
  return {
    root,
    node: at('node'),
    base: at('base'),
    evaluation: at('evaluation'),
    tree: at(`slot-${slot}`, 'tree'),
    work,
    run: inWork('run'),
    exit: inWork('exit.json'),
    owner: inWork('owner.json'),
    given: inWork('given'),
    evaluationFile: inWork('given', 'eval.json'),
    evaluatorOwner: inWork('evaluator.json'),
    evaluatorLog: inWork('evaluator.log'),
    output: inWork('output'),
    home: inWork('home'),
    temporary: inWork('tmp'),
    caches: { baseline: at('caches', 'baseline'), candidates: at('caches', 'candidates') },
    measured: at('measured'),
  }
}
