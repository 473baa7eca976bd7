/** Sandboxes that are composed on a node: what the harness gives, as its tests have it. */
import type { NodeSandbox } from '../../../scripts/engines/nodeJob.ts'
import type { Policy, Sandbox } from '../../../scripts/lib/sandbox/sandbox.ts'
import type { Composition } from '../../lib/sandbox/inside.ts'
import { callsOnNode } from './modules.ts'

/** A node has no relay. */
export function nodeSandboxOf(sandbox: Sandbox, { relay: _, ...policy }: Policy): NodeSandbox {
  if (sandbox.mechanism === 'seatbelt') throw new Error('No node has seatbelt.')
  const { mechanism, program, options } = sandbox
  return { mechanism, program, options, policy, caches: [] }
}

export const ofNode: Composition = (sandbox, policy, command) => {
  const given = nodeSandboxOf(sandbox, policy)
  const [argv, variables] = callsOnNode<[string[], Record<string, string>]>(
    ['sandbox', 'sandboxed_argv', given, command],
    ['sandbox', 'sandbox_variables', given],
  )
  return { argv, variables }
}
