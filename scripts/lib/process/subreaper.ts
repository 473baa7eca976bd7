/** Keeping hold of descendants: on Linux a subreaper becomes the parent of every descendant whose parent has ended. */
import { arch, platform } from 'node:os'

/** Number of the system call prctl. */
const prctl: Record<string, number> = { x64: 157, arm64: 167 }
const PR_SET_CHILD_SUBREAPER = 36

/**
 * A command that becomes the given one with the same pid, as a subreaper: also a process that was forked twice, in a session
 * of its own and with an empty environment, stays its descendant. Node cannot make the call, perl can. Where perl is
 * missing, and on other systems, it is the given command.
 */
export function asSubreaper(command: string[]): string[] {
  const call = platform() === 'linux' ? prctl[arch()] : undefined
  if (call === undefined) return command
  const become = `syscall(${call}, ${PR_SET_CHILD_SUBREAPER}, 1, 0, 0, 0); exec { $ARGV[0] } @ARGV`
  return ['sh', '-c', `command -v perl > /dev/null || exec "$@"; exec perl -e '${become}' -- "$@"`, 'sh', ...command]
}
