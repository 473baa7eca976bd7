/** The sandbox in which a session's runs execute: found once, when the session is opened. */
import { findSandbox, type Sandbox } from '../../lib/sandbox/sandbox.ts'
import type { Contract } from '../../program/contract.ts'
import type { SandboxRecord } from '../../record/sandbox.ts'

export interface RunSandbox {
  /** null: runs execute without one. */
  found: Sandbox | null
  record: Omit<SandboxRecord, 'from'>
  /** What the user may do where the machine gives none; else null. */
  advice: string | null
}

const none = { signals: false, processes: false, network: false, temporary: false }

/** Tries what the machine has, some tens of milliseconds. */
export async function chooseSandbox(contract: Pick<Contract, 'sandbox' | 'network'>): Promise<RunSandbox> {
  const network = contract.network === 'local' ? 'local' : contract.network ? 'all' : 'none'
  const without = { mechanism: null, holds: none, network } as const
  if (contract.sandbox === 'off') return { found: null, record: { ...without, why: 'sandbox: off' }, advice: null }
  const result = await findSandbox()
  if (result.sandbox === null) {
    const reasons = result.why.map(({ mechanism, reason }) => `${mechanism}: ${reason}`)
    const why = reasons.join('; ') || 'this system has none that Nightshift knows'
    return { found: null, record: { ...without, why }, advice: result.advice }
  }
  const { mechanism, holds } = result.sandbox
  return { found: result.sandbox, record: { mechanism, holds, network, why: null }, advice: null }
}
