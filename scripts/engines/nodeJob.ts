/** What the Python runner of a node is given for one run. Read by node/node_job.py. */
import type { Job } from './local/job.ts'

/** Paths on a node, all below the root of the place. */
export interface NodePaths {
  root: string
  /** The runner's Python modules: `python3 <node>` runs it. */
  node: string
  /** The files of the session's first commit, without `.git`. Never written to by a run. */
  base: string
  /** Frozen files for evaluators alone. */
  evaluation: string
  /** The working tree of the slot, made anew from `base` before each run. */
  tree: string
  /** Folder of this run. Its job is not in it: it waits in the inbox of its slot, until its runner has read it. */
  work: string
  /** In `work`: the folder for run.log and curve.csv. */
  run: string
  exit: string
  owner: string
  given: string
  evaluationFile: string
  evaluatorOwner: string
  evaluatorLog: string
  output: string
  home: string
  temporary: string
  /** Compile caches of the baseline's runs, or of all others; they stay warm from run to run. */
  caches: { baseline: string; candidates: string }
  /** Where evaluators write, each in a folder of its own. */
  measured: string
}

/** What a run is executed in; made on the node by node/sandbox.py. */
export interface NodeSandbox {
  mechanism: 'bubblewrap' | 'namespaces' | 'landlock'
  /** As the facts of the node have them. */
  program: string
  options: string[]
  /** As `Policy` in lib/sandbox/policy.ts, with paths of the node. */
  policy: {
    writable: string[]
    hidden: string[]
    readable: string[]
    home: string
    tmp: string
    network: 'local' | 'none' | 'all'
  }
  /** Folders of compile caches, each directly in a writable one; made where they are missing. */
  caches: string[]
}

export interface NodeJob {
  key: string
  slot: number
  /** Files in which the commit differs from `base`, by path from the root of the repository: base64; null: not there. */
  edits: Record<string, { content: string; isExecutable: boolean } | null>
  /** Symbolic links to make in the tree, with their targets on the node. */
  links: Record<string, string>
  /** Paths that are removed from the tree. */
  hide: string[]
  /** null: without a sandbox. */
  sandbox: NodeSandbox | null
  /** Patterns of variables that are taken from the node when the run starts, over `job.env`: what a scheduler sets of an allocation. */
  inherit: string[]
  /** As the local runner's, with paths of the node. `argv` is without the sandbox. */
  job: Job
}
