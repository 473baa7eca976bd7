/**
 * A sandbox around a command: it writes only where it may, reads nothing that is hidden, sees and ends no process of outside,
 * and leaves none. What a machine can give differs, so each mechanism is tried before it is used.
 */
import { bubblewrapCommand } from './bubblewrap.ts'
import type { Policy } from './policy.ts'
import { probe } from './probe.ts'

export type { Policy } from './policy.ts'

export type Mechanism = 'bubblewrap' | 'namespaces' | 'landlock' | 'seatbelt'

/** What can be written in JSON, and read in another process of this machine. */
export interface Sandbox {
  mechanism: Mechanism
  /** What it holds besides writes and hidden paths, which each mechanism holds. */
  holds: Holds
  /** For the mechanism itself: what of it this machine has. */
  options: string[]
}

export interface Holds {
  /** Processes of outside can be neither ended nor traced. */
  signals: boolean
  /** They cannot be seen either, and ending the sandbox's first process ends all of its own. */
  processes: boolean
  /** `network` local and none hold. */
  network: boolean
  /** /tmp, /var/tmp and /dev/shm are its own. */
  temporary: boolean
}

export interface Unavailable {
  sandbox: null
  /** Best first. */
  why: { mechanism: Mechanism; reason: string }[]
  /** What the user may do. */
  advice: string
}

/** From best to worst, of this system. */
const mechanisms: Record<string, Mechanism[]> = {
  linux: ['bubblewrap', 'namespaces', 'landlock'],
  darwin: ['seatbelt'],
}

/**
 * The best sandbox of this machine: each mechanism is tried with a command that must write, and must fail to. It takes some tens
 * of milliseconds; the caller keeps the answer.
 * @param only the one mechanism to try
 */
export async function findSandbox(only?: Mechanism): Promise<{ sandbox: Sandbox } | Unavailable> {
  const why: Unavailable['why'] = []
  for (const mechanism of mechanisms[process.platform] ?? []) {
    if (only !== undefined && mechanism !== only) continue
    const found = await tryMechanism(mechanism)
    if (typeof found !== 'string') return { sandbox: found }
    why.push({ mechanism, reason: found })
  }
  return { sandbox: null, why, advice: advice() }
}

/** @returns the sandbox, or why there is none */
async function tryMechanism(mechanism: Mechanism): Promise<Sandbox | string> {
  if (mechanism !== 'bubblewrap') return 'not written yet'
  const holds = { signals: true, processes: true, network: true, temporary: true }
  let reason = ''
  // Versions before 0.8 do not know it; mounts cannot be undone without it either.
  for (const options of [['--disable-userns'], []]) {
    const sandbox: Sandbox = { mechanism, holds, options }
    const failed = await probe((policy, command) => sandboxedCommand(sandbox, policy, command))
    if (failed === null) return sandbox
    reason ||= failed
  }
  return reason
}

const advice = (): string =>
  process.platform === 'linux'
    ? 'Install bubblewrap, e.g. `apt install bubblewrap`; docs/sandbox.md says what else a machine may need.'
    : 'docs/sandbox.md says which machines have one.'

/**
 * argv that runs the command in the sandbox, with the given working directory, descriptors and environment. It ends with the
 * command's exit code, and with 128 + n where signal n ended the command.
 * @throws {Failure} when a path of the policy must exist and does not
 */
export function sandboxedCommand(sandbox: Sandbox, policy: Policy, command: string[]): string[] {
  if (sandbox.mechanism === 'bubblewrap') return bubblewrapCommand(policy, command, sandbox.options)
  throw new Error(`no ${sandbox.mechanism}`)
}

/** Variables that the command must have in the sandbox. */
export function sandboxVariables(sandbox: Sandbox, policy: Policy): Record<string, string> {
  return { HOME: policy.home, TMPDIR: sandbox.holds.temporary ? '/tmp' : policy.tmp }
}
