/**
 * The sandbox of macOS, by sandbox-exec. Written after the profiles of other programs and never tried by its author, who had
 * no Mac: `findSandbox` tries it, and where the machine does not take the profile, or it does not hold, there is none.
 */
import { type Policy, type Rule, rulesOf } from './policy.ts'

/** What not every version of macOS may know; with it, processes of outside are out of reach. */
const processRules = `
(deny signal)
(allow signal (target same-sandbox))
(deny process-info*)
(allow process-info* (target same-sandbox))
(deny appleevent-send)
(deny lsopen)
(deny job-creation)`

const networkRules: Record<Policy['network'], string> = {
  all: '',
  local: `
(deny network*)
(allow network-inbound (local ip "localhost:*"))
(allow network* (remote ip "localhost:*"))
(allow network* (remote unix-socket))`,
  none: `
(deny network*)
(allow network-inbound (local ip "localhost:*"))
(allow network* (remote ip "localhost:*"))`,
}

/** The last line that fits counts, so rules go from the outermost path to the innermost. */
const lineOf = ({ access, isFolder }: Rule, index: number): string => {
  const place = `(${isFolder ? 'subpath' : 'literal'} (param "PATH${index}"))`
  if (access === 'write') return `(allow file-read* file-write* ${place})`
  return access === 'read' ? `(allow file-read* ${place})` : `(deny file-read* file-write* ${place})`
}

/** @param hasProcessRules whether this system takes the lines about processes */
export function seatbeltCommand(
  program: string,
  policy: Policy,
  command: string[],
  hasProcessRules: boolean,
): string[] {
  const rules = rulesOf({ ...policy, writable: [...policy.writable, policy.tmp] })
  const profile = `(version 1)
(allow default)
(deny file-write*)
(allow file-write* (literal "/dev/null") (literal "/dev/zero") (literal "/dev/tty") (literal "/dev/dtracehelper"))
(allow file-write* (regex #"^/dev/fd/") (literal "/dev/stdout") (literal "/dev/stderr"))
${rules.map(lineOf).join('\n')}${networkRules[policy.network]}${hasProcessRules ? processRules : ''}
`
  // Paths are parameters, so that none is read as a part of the profile.
  const parameters = rules.flatMap(({ path }, index) => ['-D', `PATH${index}=${path}`])
  return [program, ...parameters, '-p', profile, ...command]
}
