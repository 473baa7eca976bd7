/** What a run's sandbox may have refused it, by the errors at the end of its log. Pure. */
import { logLines } from './summary.ts'

/** What a sandbox keeps from a run. */
export type Refused = 'write' | 'network' | 'read' | 'git'

/** What may be at fault: the run's sandbox, and the paths that program.md hides. */
export interface Bounds {
  network: 'local' | 'none' | 'all'
  /** Whether it has a file system of its own, in which what is not writable is mounted read-only. */
  mounts: boolean
  /** Whether git's folder is hidden. */
  hidesGit: boolean
}

const readOnly = /read-only file ?system|\bEROFS\b/i
const noNetwork =
  /network is unreachable|temporary failure in name resolution|name or service not known|nodename nor servname|(?:could ?n[o']t|failed to|unable to) resolve|failed to lookup address|\b(?:ENETUNREACH|EAI_AGAIN|ENOTFOUND|EAI_NONAME)\b/i
const denied = /permission denied|operation not permitted|\b(?:EACCES|EPERM)\b/i
const noRepository = /not a git repository/i

/** An error of the code itself. What was refused before it, e.g. a cache of a library that goes on without one, is not why. */
const ofCode =
  /^(?:\w+\.)*(?:Name|UnboundLocal|Type|Attribute|Syntax|Indentation|Index|Key|Value|Import|ModuleNotFound|Assertion|ZeroDivision|Overflow|Runtime|OutOfMemory|Memory|NotImplemented|Reference|Range)Error\b/

/** Lines at the end of a log in which a reason is looked for. */
const LINES = 40

/** @param log as of `endOf` */
export function refusedBySandbox(log: string, { network, mounts, hidesGit }: Bounds): Refused | null {
  const lines = logLines(log)
    .filter(line => line.trim() !== '')
    .slice(-LINES)
  const last = lines.findLastIndex(line => /^(?:[\w.]*(?:Error|Exception)\b)/.test(line))
  const [error = ''] = lines.slice(last)
  const text = last >= 0 && ofCode.test(error) ? error : lines.join('\n')
  if (readOnly.test(text)) return 'write'
  if (network !== 'all' && noNetwork.test(text)) return 'network'
  if (hidesGit && noRepository.test(text)) return 'git'
  if (denied.test(text)) return mounts ? 'read' : 'write'
  return null
}

/** What a run in the sandbox can do, for the reason of its crash. */
export function refusedText(refused: Refused, network: Bounds['network']): string {
  const can = {
    write: 'can write only to its worktree, HOME and TMPDIR',
    network: network === 'none' ? 'reaches no network (network: false)' : 'reaches no other machine (network: local)',
    read: 'cannot read private files, nor what `hide` names',
    git: 'cannot read git’s folder, because `hide` names tracked files',
  }
  return `in its sandbox a run ${can[refused]}`
}

/** What the user may do, for a baseline that failed: sentences. */
export function refusedAdvice(refused: Refused): string {
  const ways = {
    write: 'Write to TMPDIR, or let `setup`, which runs outside of the sandbox, prepare what the run needs',
    network: 'Let `setup`, which runs outside of the sandbox, download what the run needs, or set `network: true`',
    read: 'Copy what the run needs out of private folders, or take it out of `hide`',
    git: 'Do without git in the run',
  }
  return `${ways[refused]}; \`sandbox: off\` runs it without a sandbox (docs/sandbox.md).`
}
