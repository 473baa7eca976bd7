/** The sandbox in which a session's runs execute: found once, when the session is opened. */
import type { Facts } from '../../engines/facts.ts'
import { findSandbox, type Sandbox, sandboxAdvice, type Unavailable } from '../../lib/sandbox/sandbox.ts'
import type { Contract } from '../../program/contract.ts'
import type { SandboxRecord } from '../../record/sandbox.ts'

export interface RunSandbox {
  /** null: runs execute without one. */
  found: Sandbox | null
  record: Omit<SandboxRecord, 'from'>
  /** What the user may do where the machine gives none; else null. */
  advice: string | null
  /** Not found yet: it is what an earlier process found, on an engine that has no place yet. */
  isAssumed?: true
}

const none = { signals: false, processes: false, network: false, temporary: false }

/** Tries what the machine has, some tens of milliseconds. */
export async function chooseSandbox(contract: Wanted): Promise<RunSandbox> {
  return contract.sandbox === 'off' ? withoutSandbox(contract) : chosen(contract, await findSandbox())
}

/**
 * The same on a node. With `network: local` a run there reaches no TCP service of its machine: what passes connections on
 * needs Node.js.
 */
export function chooseOnNode(contract: Wanted, facts: SandboxFacts): RunSandbox {
  if (contract.sandbox === 'off') return withoutSandbox(contract)
  const { sandbox, sandboxWhy: why, os } = facts
  const system = /^\w+/.exec(os)?.[0].toLowerCase() ?? ''
  const choice = chosen(contract, sandbox === null ? { sandbox, why, advice: sandboxAdvice(why, system) } : { sandbox })
  const { record } = choice
  const isApart = record.mechanism !== null && record.network === 'local'
  return { ...choice, record: { ...record, ...(isApart ? { relay: false } : {}) } }
}

/** What a node says of its sandboxes. */
export type SandboxFacts = Pick<Facts, 'sandbox' | 'sandboxWhy' | 'os'>

type Wanted = Pick<Contract, 'sandbox' | 'network'>

const networkOf = ({ network }: Wanted) => (network === 'local' ? 'local' : network ? 'all' : 'none')

const withoutSandbox = (contract: Wanted, why = 'sandbox: off', advice: string | null = null): RunSandbox => ({
  found: null,
  record: { mechanism: null, holds: none, network: networkOf(contract), why },
  advice,
})

function chosen(contract: Wanted, result: { sandbox: Sandbox } | Unavailable): RunSandbox {
  if (result.sandbox === null) {
    const reasons = result.why.map(({ mechanism, reason }) => `${mechanism}: ${reason}`)
    return withoutSandbox(contract, reasons.join('; ') || 'this system has none that Nightshift knows', result.advice)
  }
  const { mechanism, holds } = result.sandbox
  return { found: result.sandbox, record: { mechanism, holds, network: networkOf(contract), why: null }, advice: null }
}
