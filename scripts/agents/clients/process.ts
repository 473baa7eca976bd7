/** Runs a client program for one turn and reads its output line by line, with secrets removed. */
import { execa } from 'execa'
import { killOrphans, runMarkVariable } from '../../lib/process/orphans.ts'
import { createLineRedactor } from '../../lib/secrets/lines.ts'
import { createRedactor } from '../../lib/secrets/redact.ts'
import { sanitizeText } from '../../lib/text.ts'
import { AgentDown } from '../agent.ts'
import { openTranscript } from './transcript.ts'

/** A client that prints more is stopped. */
const MAX_OUTPUT_BYTES = 16 * 2 ** 20
const MAX_OUTPUT_LINES = 20_000

export interface ClientTurn {
  /** Name of the agent, for messages. */
  use: string
  program: string
  args: string[]
  /** The whole environment of the process. */
  env: Record<string, string>
  cwd: string
  input: string
  /** Seconds. */
  timeout: number
  /** Marks the processes that the client starts; orphans are killed after the turn. null: not marked. */
  mark: string | null
  /** Path of the transcript; null: none. */
  transcript: string | null
  signal: AbortSignal | null
  /** Called with each line of output; a returned failure ends the turn. */
  watch: (line: string) => AgentDown | null
  /** Seconds until the first line of output must come; null: no limit. */
  firstLineTimeout: number | null
}

export interface ClientOutput {
  lines: string[]
  errors: string
  /** null: ended by a signal. */
  code: number | null
}

/** @throws {AgentDown} the program is missing, timed out, printed too much, or was stopped by `watch` */
export async function runClientTurn(turn: ClientTurn): Promise<ClientOutput> {
  const { program, args, cwd, input, timeout, mark, signal, watch } = turn
  const environment = { ...process.env, ...turn.env }
  const [scrub, scrubLine] = [createRedactor(environment), createLineRedactor(environment)]
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
      const line = scrubLine(raw)
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
    // A detached process would disturb the measurement of the next run.
    if (mark !== null) await killOrphans(mark)
  }
}

const startTimer = (seconds: number | null, onTimeout: () => void) =>
  seconds === null ? undefined : setTimeout(onTimeout, seconds * 1000)

const noFirstLine = (use: string, seconds: number): AgentDown =>
  new AgentDown('timeout', null, `${use} printed nothing for ${seconds} s.`, 'The service may be down.')

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
    return new AgentDown(
      'crash',
      null,
      `${use}: the program ${sanitizeText(program)} was not found.`,
      'Install it again.',
    )
  if (aborted) return new AgentDown('crash', null, `${use} was stopped with the session.`, 'Resume the session.')
  if (timedOut)
    return new AgentDown('timeout', null, `${use} gave no answer in ${timeout} s.`, 'Increase agent.timeout.')
  return isMaxBuffer ? tooMuchOutput(use) : null
}

const tooMuchOutput = (use: string): AgentDown =>
  new AgentDown(
    'unreadable',
    null,
    `${use} printed more than ${MAX_OUTPUT_BYTES / 2 ** 20} MB or ${MAX_OUTPUT_LINES} lines.`,
    'See its transcript.',
  )
