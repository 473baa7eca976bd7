/** Reads objects with two processes for all of them: `git cat-file --batch-check` and `git cat-file --batch`. */
import { execa } from 'execa'
import { Failure } from '../../lib/errors.ts'

export interface Found {
  sha: string
  type: 'blob' | 'tree' | 'commit' | 'tag'
  /** Bytes. */
  size: number
  bytes: Buffer
}

export interface Objects {
  /** An object by name, e.g. "<commit>:train.py", without its bytes; null if it is missing or ambiguous. */
  find(name: string): Promise<Omit<Found, 'bytes'> | null>
  /** An object with its bytes; 'large' if it has more than `maxBytes`. */
  read(name: string, maxBytes: number): Promise<Found | 'large' | null>
  close(): void
}

/** @param args of git, up to the command */
export function openObjects(args: string[], env: Record<string, string>, cwd: string): Objects {
  const checks = startBatch([...args, 'cat-file', '--batch-check'], env, cwd, false)
  const contents = startBatch([...args, 'cat-file', '--batch'], env, cwd, true)
  return {
    find: checks.ask,
    read: async (name, maxBytes) => {
      const found = await checks.ask(name)
      if (found === null) return null
      return found.size > maxBytes ? 'large' : contents.ask(found.sha)
    },
    close: () => {
      checks.close()
      contents.close()
    },
  }
}

interface Request {
  name: string
  resolve(found: Found | null): void
  reject(error: Failure): void
}

/** Milliseconds without a byte after which git is taken to hang, e.g. on a pipe in place of a pack. */
const SILENCE_MS = 60_000

/** One process, started by the first request; git answers in order, so many requests may wait at once. */
function startBatch(args: string[], env: Record<string, string>, cwd: string, withBytes: boolean) {
  const waiting: Request[] = []
  let running: ReturnType<typeof start> | null = null

  function start() {
    const process = execa('git', args, { env, extendEnv: false, cwd, reject: false, buffer: false, stdin: 'pipe' })
    const read = answers(withBytes, found => waiting.shift()?.resolve(found))
    let silent = setTimeout(() => {}, 0)
    const watch = () => {
      clearTimeout(silent)
      silent = setTimeout(() => {
        for (const request of waiting.splice(0)) request.reject(hangs())
        process.kill('SIGKILL')
      }, SILENCE_MS).unref()
    }
    process.stdout.on('data', (chunk: Buffer) => {
      watch()
      read(chunk)
    })
    // Git that has ended does not read its input; `then` below handles it.
    process.stdin.on('error', () => {})
    void process.then(() => {
      clearTimeout(silent)
      running = null
      // Git ends at a damaged object: that one counts as missing, the others are asked for again.
      waiting.shift()?.resolve(null)
      if (waiting.length > 0) ask(waiting.splice(0))
    })
    watch()
    return process
  }

  function ask(requests: Request[]) {
    running ??= start()
    waiting.push(...requests)
    running.stdin.write(requests.map(({ name }) => `${name}\n`).join(''))
  }

  return {
    ask: (name: string): Promise<Found | null> =>
      /[\n\0]/.test(name) ? Promise.resolve(null) : new Promise((resolve, reject) => ask([{ name, resolve, reject }])),
    close: () => {
      waiting.length = 0
      running?.kill('SIGKILL')
    },
  }
}

const hangs = () =>
  new Failure(
    `git did not answer within ${SILENCE_MS / 1000} s.`,
    'Run `git fsck` in the repository, or collect only its results table.',
  )

/** Parses answers: "<sha> <type> <size>" and, with bytes, the object and a line feed; "<name> missing" for none. */
function answers(withBytes: boolean, answer: (found: Found | null) => void): (chunk: Buffer) => void {
  let parts: Buffer[] = []
  let length = 0
  let header: Omit<Found, 'bytes'> | null = null
  return chunk => {
    parts.push(chunk)
    length += chunk.length
    // The bytes of a large object arrive in many chunks: they are joined once.
    if (header !== null && length < header.size + 1) return
    let rest = parts.length === 1 ? chunk : Buffer.concat(parts)
    for (;;) {
      if (header === null) {
        const end = rest.indexOf(10)
        if (end < 0) break
        const line = rest.toString('utf8', 0, end)
        rest = rest.subarray(end + 1)
        const [, sha = '', type = '', size = ''] = /^([0-9a-f]{40,64}) (blob|tree|commit|tag) (\d+)$/.exec(line) ?? []
        const found = sha === '' ? null : { sha, type: type as Found['type'], size: Number(size) }
        if (found === null || !withBytes) answer(found && { ...found, bytes: Buffer.alloc(0) })
        else header = found
      } else {
        if (rest.length < header.size + 1) break
        // Copied, so that a small object does not keep a large chunk.
        answer({ ...header, bytes: Buffer.from(rest.subarray(0, header.size)) })
        rest = rest.subarray(header.size + 1)
        header = null
      }
    }
    parts = rest.length === 0 ? [] : [rest]
    length = rest.length
  }
}
