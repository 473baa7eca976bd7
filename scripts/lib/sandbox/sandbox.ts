/**
 * A sandbox around a command: it writes only where it may, and reads nothing that is hidden. What else it holds differs, and
 * what a machine can give as well, so each mechanism is tried before it is used.
 */
import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import { promisify } from 'node:util'
import { bubblewrapCommand } from './bubblewrap.ts'
import { landlockCommand, landlockVersionCommand } from './landlock.ts'
import { namespacesCommand, perlScript } from './namespaces.ts'
import type { Policy } from './policy.ts'
import { probe } from './probe.ts'
import { seatbeltCommand } from './seatbelt.ts'

export type { Policy } from './policy.ts'

export type Mechanism = 'bubblewrap' | 'namespaces' | 'landlock' | 'seatbelt'

/** Can be written as JSON, and used by another process of this machine. */
export interface Sandbox {
  mechanism: Mechanism
  holds: Holds
  /** Absolute path of the program that makes it: a run may have put another one of its name in a folder of PATH. */
  program: string
  /** For the mechanism itself: which of its forms this machine takes. */
  options: string[]
}

/** What it holds besides what each mechanism holds: no write outside the policy, no reading of hidden files and folders. */
export interface Holds {
  /** Processes of outside can be neither ended nor traced. */
  signals: boolean
  /** They cannot be seen either; and whoever ends the sandbox's first process, as `killOrphans` does, ends all of them. */
  processes: boolean
  /**
   * `network` local and none hold, and Unix sockets at hidden paths cannot be connected to. Where this is false, Landlock of
   * version 4 refuses TCP connections but to the relay's ports, and lets pass anything else, e.g. UDP and any Unix socket.
   */
  network: boolean
  /** /tmp, /var/tmp and /dev/shm are its own, and go with it, except what is in `Policy.tmp`. */
  temporary: boolean
}

export interface Unavailable {
  sandbox: null
  /** Best first. */
  why: { mechanism: Mechanism; reason: string }[]
  /** What the user may do. */
  advice: string
}

const everything: Holds = { signals: true, processes: true, network: true, temporary: true }

/** A sandbox to be tried. */
type Form = Pick<Sandbox, 'holds' | 'options'>

interface Kind {
  system: 'linux' | 'darwin'
  /** Name of the program. */
  program: string
  /** Best first; why there is none. */
  forms: (program: string) => Form[] | string | Promise<Form[] | string>
  command: (sandbox: Sandbox, policy: Policy, command: string[]) => string[]
}

/** Best first. */
const kinds: Record<Mechanism, Kind> = {
  bubblewrap: {
    system: 'linux',
    program: 'bwrap',
    // Without perl a run inherits descriptors and the session keyring.
    forms: () => [{ holds: everything, options: [find('perl') ?? []].flat() }],
    command: ({ program, options: [perl] }, ...rest) => withoutInherited(perl, bubblewrapCommand(program, ...rest)),
  },
  namespaces: {
    system: 'linux',
    program: 'perl',
    forms: () => ['whole', 'each'].map(remount => ({ holds: everything, options: [remount] })),
    command: ({ program, options }, policy, command) =>
      withoutInherited(program, namespacesCommand(program, policy, command, options[0] === 'each' ? 'each' : 'whole')),
  },
  landlock: {
    system: 'linux',
    program: 'perl',
    forms: landlockForms,
    command: ({ program }, ...rest) => withoutInherited(program, landlockCommand(program, ...rest)),
  },
  seatbelt: {
    system: 'darwin',
    program: 'sandbox-exec',
    forms: () =>
      [true, false].map(signals => ({
        holds: { signals, processes: false, network: true, temporary: false },
        options: signals ? ['process rules'] : [],
      })),
    command: ({ program, options }, policy, command) => seatbeltCommand(program, policy, command, options.length > 0),
  },
}

const withoutInherited = (perl: string | undefined, command: string[]): string[] =>
  perl === undefined ? command : [...perlScript(perl, 'inherited.pl'), process.arch, ...command]

async function landlockForms(perl: string): Promise<Form[] | string> {
  const [file = '', ...args] = landlockVersionCommand(perl)
  const { stdout } = await promisify(execFile)(file, args).catch(() => ({ stdout: '0' }))
  const version = Number(stdout)
  if (!(version > 0)) return 'the kernel has no Landlock (Linux 5.13), or it is switched off'
  const holds = { signals: version >= 6, processes: false, network: false, temporary: false }
  return [{ holds, options: [`version ${version}`] }]
}

/**
 * The best sandbox of this machine: each mechanism is tried with a command that must write, and must fail to. It takes some tens
 * of milliseconds; the caller keeps the answer.
 * @param only the one mechanism to try
 */
export async function findSandbox(only?: Mechanism): Promise<{ sandbox: Sandbox } | Unavailable> {
  const why: Unavailable['why'] = []
  for (const mechanism of Object.keys(kinds) as Mechanism[]) {
    if (kinds[mechanism].system !== process.platform || mechanism !== (only ?? mechanism)) continue
    const found = await tryMechanism(mechanism)
    if (typeof found !== 'string') return { sandbox: found }
    why.push({ mechanism, reason: found })
  }
  return { sandbox: null, why, advice: sandboxAdvice(why, process.platform) }
}

/** @returns the sandbox, or why there is none, in one line */
async function tryMechanism(mechanism: Mechanism): Promise<Sandbox | string> {
  const kind = kinds[mechanism]
  const program = find(kind.program)
  if (program === null) return `${kind.program} is not installed`
  const forms = await kind.forms(program)
  if (typeof forms === 'string') return forms
  let reason = ''
  for (const form of forms) {
    const sandbox = { mechanism, program, ...form }
    const failed = await probe((policy, command) => sandboxedCommand(sandbox, policy, command))
    if (failed === null) return sandbox
    reason ||= failed
  }
  return reason.includes('--disable-userns') ? 'bwrap is older than 0.8, and would let a run make namespaces' : reason
}

/** Absolute path of a program in a folder of PATH; null where there is none. */
function find(program: string): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(isAbsolute)
  return folders.map(folder => join(folder, program)).find(isExecutable) ?? null
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const page = 'docs/sandbox.md says more.'

/** What the user may do where there is none. @param system as process.platform has it, of the machine */
export function sandboxAdvice(why: Unavailable['why'], system: string): string {
  if (system !== 'linux') return page
  const isMissing = why.some(({ mechanism, reason }) => mechanism === 'bubblewrap' && reason.endsWith('not installed'))
  return isMissing
    ? `Install bubblewrap, e.g. \`apt install bubblewrap\`; ${page}`
    : `The machine, a container or a scheduler keeps users from making namespaces; ${page}`
}

/**
 * argv that runs the command in the sandbox, with the given working directory, descriptors and environment. It ends with the
 * command's exit code; with 128 + n where signal n ended the command; by a signal where that ended this process itself.
 * Devices and hidden paths are looked for now, so it is made shortly before the run.
 * @throws {Failure} when a writable path is not there, or a hidden one lies inside it
 */
export const sandboxedCommand = (sandbox: Sandbox, policy: Policy, command: string[]): string[] =>
  kinds[sandbox.mechanism].command(sandbox, policy, command)

/** Variables that the command must have in the sandbox. */
export const sandboxVariables = (sandbox: Sandbox, policy: Policy): Record<string, string> => ({
  HOME: policy.home,
  TMPDIR: sandbox.holds.temporary ? '/tmp' : policy.tmp,
})
