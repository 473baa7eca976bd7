/** The beginning and the end of what a hook prints: a hook that prints without end takes no memory. */

/** Bytes of what is shown to the agent: half of it the beginning, half the end. */
export const MAX_HOOK_OUTPUT = 8192

const MARK_ROOM = 60

export interface HookOutput {
  add(chunk: Buffer): void
  /** At most `MAX_HOOK_OUTPUT` bytes. */
  text(): string
}

export function openHookOutput(): HookOutput {
  const half = (MAX_HOOK_OUTPUT - MARK_ROOM) / 2
  let [head, tail] = [Buffer.alloc(0), Buffer.alloc(0)]
  let omitted = 0
  return {
    add: chunk => {
      const room = half - head.length
      if (room > 0) head = Buffer.concat([head, chunk.subarray(0, room)])
      const rest = chunk.subarray(Math.max(0, room))
      omitted += Math.max(0, tail.length + rest.length - half)
      tail = Buffer.concat([tail, rest.subarray(-half)]).subarray(-half)
    },
    text: () => {
      if (omitted === 0) return Buffer.concat([head, tail]).toString('utf8')
      return `${whole(head)}\n[${omitted} bytes left out]\n${whole(tail)}`
    },
  }
}

/** Without the parts of a character that was cut in two: each would become three bytes. */
const whole = (bytes: Buffer): string => bytes.toString('utf8').replace(/^\ufffd+|\ufffd+$/g, '')
