/** What one run may do on a node, where an engine executes it: as `policyOf` for this machine. */
import { posix } from 'node:path'
import type { Facts } from '../../engines/facts.ts'
import type { NodePaths, NodeSandbox } from '../../engines/nodeJob.ts'
import { contains, sessionsRoot, workRoot } from '../../lib/paths.ts'
import { privatePaths } from '../../lib/sandbox/privatePaths.ts'
import type { Contract } from '../../program/contract.ts'
import { cacheRoot, hiddenInCache } from '../train/evaluate/hidden.ts'
import { cacheVariables, compileVariables } from './caches.ts'
import { chooseOnNode } from './find.ts'

export interface RunOnNode {
  paths: NodePaths
  facts: NodeFacts
  /** Whether it is one of the baseline's, which have compile caches of their own. */
  isBaseline: boolean
  /** Its environment outside of the sandbox. */
  env: Record<string, string>
  /** Targets of the links in its tree; they may begin with `~/`. */
  links: string[]
  /** Whether the target is Nightshift's own trainer. */
  isOwn: boolean
  /** Hidden paths of this machine's runs, where the node sees its folders; else null. */
  shared: string[] | null
}

type NodeFacts = Pick<Facts, 'home' | 'env' | 'os' | 'pythonFolder' | 'python' | 'sandbox' | 'sandboxWhy'>

/**
 * The sandbox of a run, and the variables that it gets for it; null where it has none. HOME and TMPDIR are set on the node.
 * Paths need not exist: the node resolves them, and adds what variables name in /tmp.
 */
export function nodeSandbox(
  contract: Pick<Contract, 'sandbox' | 'network' | 'evaluate' | 'hide'>,
  run: RunOnNode,
): { sandbox: NodeSandbox; env: Record<string, string> } | null {
  const { found, record } = chooseOnNode(contract, run.facts)
  if (found === null || found.mechanism === 'seatbelt') return null
  const { mechanism, program, options } = found
  const caches = run.isBaseline ? run.paths.caches.baseline : run.paths.caches.candidates
  const cache = cacheOnNode(run)
  const compile = compileVariables(caches, run.env, run.isOwn)
  const policy = { ...pathsOf(contract, run, caches, cache), network: record.network }
  return {
    sandbox: { mechanism, program, options, policy, caches: Object.values(compile) },
    env: cacheVariables(caches, run.env, run.isOwn, cache),
  }
}

function pathsOf(
  { evaluate, hide }: Pick<Contract, 'evaluate' | 'hide'>,
  { paths, facts, links, shared }: RunOnNode,
  caches: string,
  cache: string,
): Omit<NodeSandbox['policy'], 'network'> {
  const { tree, run, given, home, output, temporary, root } = paths
  const hidden = [
    // Other runs, evaluators, and keys of runs that wait.
    root,
    ...privatePaths(facts.home, facts.env),
    ...hiddenInCache(hide, cache),
    ...(shared === null ? [] : [workRoot, sessionsRoot, ...shared.filter(path => !contains(tree, path))]),
  ]
  // Only what lies in a hidden folder needs this, e.g. data in /tmp.
  const readable = [cache, ...links.map(path => path.replace(/^~(?=\/)/, () => facts.home))]
  return {
    writable: [...[tree, run, given, home, caches], ...(evaluate?.after == null ? [] : [output])],
    hidden,
    readable: [
      ...readable.filter(path => !hidden.some(folder => contains(folder, path))),
      // Whoever named it may have put it in a hidden folder.
      ...(facts.pythonFolder === null ? [] : [facts.pythonFolder]),
      ...(facts.python?.folders ?? []),
    ],
    home,
    tmp: temporary,
  }
}

/** The trainer's cache folder of the user there. */
const cacheOnNode = ({ env, facts }: RunOnNode): string =>
  posix.normalize(cacheRoot(env, facts.home, /^darwin/i.test(facts.os) ? 'darwin' : 'linux'))
