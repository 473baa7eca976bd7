/** One turn of a client program: what it says, line by line, until it ends or is ended. Keys are gone from all of it. */
import { execa } from 'execa'
import { killOrphans, runMarkVariable } from '../../lib/process/orphans.ts'
import { createRedactor } from '../../lib/secrets.ts'
import { sanitizeText } from '../../lib/text.ts'
import { AgentDown } from '../agent.ts'
import { openTranscript } from './transcript.ts'

/** Bytes and lines of output after which a client has gone mad. */
const MAX_OUTPUT_BYTES = 16 * 2 ** 20
const MAX_OUTPUT_LINES = 20_000

export interface ClientTurn {
  /** Of the agent, for its messages. */
  use: string
  program: string
  args: string[]
  /** All that the process gets of an environment. */
  env: Record<string, string>
  cwd: string
  input: string
  /** Seconds. */
  timeout: number
  /** Carried by every process it starts; those that outlive the turn are ended. null: there is nothing to end. */
  mark: string | null
  /** File that gets what it says; null: none. */
  transcript: string | null
  signal: AbortSignal | null
  /** Looks at each line as it comes; what it returns ends the turn. */
  watch: (line: string) => AgentDown | null
  /** Seconds in which a first line must come; null: any time. */
  firstLineTimeout: number | null
}

export interface ClientOutput {
  lines: string[]
  errors: string
  /** null where a signal ended it. */
  code: number | null
}

/** @throws {AgentDown} it could not be started, took too long, said too much, or was ended by `watch` */
export async function runClientTurn(turn: ClientTurn): Promise<ClientOutput> {
  const { program, args, cwd, input, timeout, mark, signal, watch } = turn
  const scrub = createRedactor({ ...process.env, ...turn.env })
  const transcript = openTranscript(turn.transcript)
  const stop = new AbortController()
  const child = execa(program, args, {
    cwd,
    input,
    reject: false,
    extendEnv: false,
    timeout: timeout * 1000,
    maxBuffer: MAX_OUTPUT_BYTES,
    env: mark === null ? turn.env : { ...turn.env, [runMarkVariable]: mark },
    killDescendants: true,
    forceKillAfterDelay: 2000,
    cancelSignal: signal === null ? stop.signal : AbortSignal.any([stop.signal, signal]),
  })
  const lines: string[] = []
  let stopped: AgentDown | null = null
  const firstLineTimer = startTimer(turn.firstLineTimeout, () => {
    stopped = noFirstLine(turn.use, turn.firstLineTimeout ?? 0)
    stop.abort()
  })
  try {
    for await (const raw of child.iterable()) {
      clearTimeout(firstLineTimer)
      const line = scrub(raw)
      lines.push(line)
      transcript.add(line)
      stopped ??= lines.length > MAX_OUTPUT_LINES ? tooMuchOutput(turn.use) : watch(line)
      if (stopped) stop.abort()
    }
    const result = await child
    if (stopped) throw stopped
    const failure = failureOf(turn, result, signal?.aborted ?? false)
    if (failure) throw failure
    return { lines, errors: scrub(result.stderr), code: result.exitCode ?? null }
  } finally {
    clearTimeout(firstLineTimer)
    transcript.close()
    // What detached itself would go on beside the next run, and disturb its measurement.
    if (mark !== null) await killOrphans(mark)
  }
}

const startTimer = (seconds: number | null, onTimeout: () => void) =>
  seconds === null ? undefined : setTimeout(onTimeout, seconds * 1000)

const noFirstLine = (use: string, seconds: number): AgentDown =>
  new AgentDown('timeout', null, `${use} gave no sign of an answer in ${seconds} s`, 'Its service may be down.')

interface ProcessEnd {
  code?: string | undefined
  timedOut: boolean
  isMaxBuffer: boolean
}

function failureOf(
  { use, program, timeout }: ClientTurn,
  { code, timedOut, isMaxBuffer }: ProcessEnd,
  aborted: boolean,
) {
  if (code === 'ENOENT')
    return new AgentDown('crash', null, `${use}: there is no program ${sanitizeText(program)}.`, 'Install it again.')
  if (aborted) return new AgentDown('crash', null, `${use} was ended with the session.`, 'Go on with --resume.')
  if (timedOut)
    return new AgentDown('timeout', null, `${use} gave no answer in ${timeout} s.`, 'Give it longer: agent.timeout.')
  return isMaxBuffer ? tooMuchOutput(use) : null
}

const tooMuchOutput = (use: string): AgentDown =>
  new AgentDown('unreadable', null, `${use} said more than anyone can read.`, 'Look at its transcript.')
