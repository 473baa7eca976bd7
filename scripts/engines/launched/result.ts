/**
 * Finds what a launched job says in what it has printed: lines that begin with a token which only its runner and the harness
 * know. Everything may stand between them, or be cut off; a run that is not in a sandbox may even have read the token. So
 * counts and sums are checked, and the run's result has a signature besides.
 */
import { createHash } from 'node:crypto'
import { inflateSync } from 'node:zlib'
import { z } from 'zod'
import { sanitizeText } from '../../lib/text.ts'
import { type LossCause, lossCauses } from '../engine.ts'

/** What is taken of a job's output, bytes: more than the files of a run may have. */
export const mostOutput = 2 ** 27
/** Of a block, packed and not. */
const mostBytes = { packed: 2 ** 26, plain: 2 ** 27 }

const words = z
  .string()
  .max(10_000)
  .transform(text => sanitizeText(text, 300))
const began = z.object({ node: words, clock: z.number().positive() })
const lost = z.object({ cause: z.enum(Object.keys(lossCauses) as [LossCause, ...LossCause[]]), detail: words })
const head = z.object({
  kind: z.enum(['facts', 'setup', 'run']),
  bytes: z.number().int().min(0).max(mostBytes.packed),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})

export interface Printed {
  /** Where and when its run began, milliseconds since 1970 by the clock there. */
  began: { node: string; at: number } | null
  /** Lines of a command. */
  said: string[]
  /** Whole and checked. */
  block: { kind: 'facts' | 'setup' | 'run'; content: Buffer } | null
  /** Why there is no block, after "what its job printed": `null` while nothing is wrong with it. */
  wrong: string | null
  /** Its runner says that there is no result. */
  lost: { cause: LossCause; detail: string } | null
}

/** @param token of the job's request */
export function readOutput(output: Buffer, token: string): Printed {
  const printed: Printed = { began: null, said: [], block: null, wrong: null, lost: null }
  if (output.length > mostOutput) return { ...printed, wrong: `has more than ${mostOutput} bytes` }
  const prefix = `nightshift-${token} `
  let open: { head: z.infer<typeof head>; parts: string[] } | null = null
  for (const line of linesWith(output, prefix)) {
    const [word = '', ...rest] = line.split(' ')
    const text = rest.join(' ')
    if (word === 'began') {
      const found = began.safeParse(jsonOf(text)).data
      if (found !== undefined) printed.began ??= { node: found.node, at: 1000 * found.clock }
    } else if (word === 'said') {
      const found = z.string().safeParse(jsonOf(text)).data
      if (found !== undefined) printed.said.push(sanitizeText(found, 2000))
    } else if (word === 'lost') printed.lost ??= lost.safeParse(jsonOf(text)).data ?? null
    else if (word === 'block') {
      const found = head.safeParse(jsonOf(text)).data
      open = found === undefined ? null : { head: found, parts: [] }
      if (open === null) printed.wrong = 'has a block without a right head'
    } else if (word === 'data') open?.parts.push(text)
    else if (word === 'end' && open !== null) {
      const content = contentOf(open.head, open.parts)
      if (typeof content === 'string') printed.wrong = content
      else printed.block = { kind: open.head.kind, content }
      open = null
    }
  }
  if (open !== null) printed.wrong = 'is cut'
  return printed
}

/** What follows a prefix on the lines that begin with it. */
function* linesWith(output: Buffer, prefix: string): Generator<string> {
  const start = Buffer.from(prefix)
  for (let at = output.indexOf(start); at >= 0; at = output.indexOf(start, at + 1)) {
    if (at > 0 && output[at - 1] !== 0x0a) continue
    const end = output.indexOf(0x0a, at)
    // A line without an end is cut.
    if (end < 0) return
    yield output.toString('latin1', at + start.length, end).replace(/\r$/, '')
  }
}

/** The content, or what is wrong with it. */
function contentOf({ bytes, sha256 }: z.infer<typeof head>, parts: string[]): Buffer | string {
  const packed = Buffer.from(parts.join(''), 'base64')
  if (packed.length !== bytes) return `has ${packed.length} bytes of ${bytes}`
  if (createHash('sha256').update(packed).digest('hex') !== sha256) return 'is damaged'
  try {
    return inflateSync(packed, { maxOutputLength: mostBytes.plain })
  } catch {
    return 'cannot be unpacked'
  }
}

function jsonOf(text: string): unknown {
  try {
    // JSON as Python writes it is ASCII.
    return JSON.parse(text)
  } catch {
    return null
  }
}
