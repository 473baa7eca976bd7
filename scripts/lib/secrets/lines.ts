/** Removes keys from output that comes line by line: a private key has several. */
import { placeholder } from './patterns.ts'
import { createRedactor } from './redact.ts'

const begin = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY/
const end = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY/
/** Lines of a private key are shorter; a long one would take `inside` long. */
const maxLength = 200
/** Base64, a header such as "Proc-Type: 4,ENCRYPTED", or a blank line. */
const inside = /^[\s"',+-]*(?:[A-Za-z0-9+/]{0,80}={0,2}|[A-Z][\w-]{1,30}: \S.{0,80})[\s"',]*$/

/** As `createRedactor`, for the lines of one output in their order. */
export function createLineRedactor(env: NodeJS.ProcessEnv): (line: string) => string {
  const redact = createRedactor(env)
  let isInKey = false
  return line => {
    if (isInKey && (end.test(line) || (line.length <= maxLength && inside.test(line)))) {
      isInKey = !end.test(line)
      return placeholder
    }
    isInKey = begin.test(line) && !end.test(line)
    return redact(line)
  }
}
