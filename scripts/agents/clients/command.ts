/**
 * Any program as an agent. It reads the prompt from standard input and runs in the target folder of the worktree; its
 * edits are the proposal. The last non-empty line of its output is the description, or the JSON that the prompt asks
 * for. Exit code 75 means temporarily down; a line `retry-after: 30` on standard error gives the seconds to wait.
 */
import { sanitizeText } from '../../lib/text.ts'
import type { AgentSpec } from '../../program/contract.ts'
import { type Agent, type AgentCheck, AgentDown, type Task } from '../agent.ts'
import { readAnswer } from './answer.ts'
import { agentEnvironment, withinWorktree, withPython } from './environment.ts'
import { type ClientOutput, runClientTurn } from './process.ts'
import { agentSandbox, inAgentSandbox, noSandbox, sandboxNote } from './sandbox.ts'

/** EX_TEMPFAIL of sysexits.h. */
const TEMPORARY_FAILURE = 75
const retryAfter = /^retry-after: *(\d+(?:\.\d+)?) *$/im

/** `spec.command` is passed verbatim to `sh -c`; it comes only from program.md. */
export const commandAgent = (spec: AgentSpec): Agent => ({
  use: 'command',
  check: () => check(spec),
  propose: task => propose(spec, task),
})

async function check({ sandbox: isSandboxed }: AgentSpec): Promise<AgentCheck> {
  const about = { use: 'command', version: null }
  if (!isSandboxed) return { ...about, notes: [note], problem: null }
  const found = await agentSandbox()
  return found.sandbox === null
    ? { ...about, notes: [], problem: { ...noSandbox(found), ends: true } }
    : { ...about, notes: [sandboxNote(found.sandbox)], problem: null, sandbox: found.sandbox.mechanism }
}

const note =
  'The command runs with your permissions; its environment has HOME, PATH and the like, and what agent.env names.'

async function propose({ command, env: names, timeout, model, sandbox }: AgentSpec, task: Task) {
  const { folder, worktree, prompt, mark, transcript, signal } = task
  const env = withinWorktree(withPython(agentEnvironment(null, names)), worktree)
  const started = { argv: ['sh', '-c', command ?? ''], env }
  const turn = (argv: string[], env: Record<string, string>) =>
    runClientTurn({
      use: 'command',
      program: argv[0] ?? 'sh',
      args: argv.slice(1),
      cwd: folder,
      input: prompt,
      timeout,
      mark,
      transcript,
      signal,
      firstLineTimeout: null,
      watch: () => null,
      env,
    })
  const output = sandbox ? await inAgentSandbox(worktree, started, turn) : await turn(started.argv, env)
  if (output.code !== 0) throw failureOf(output, command ?? '')
  const last = output.lines.findLast(line => sanitizeText(line) !== '') ?? ''
  const answer = readAnswer(output.lines.join('\n'))
  // JSON without a description is not an answer.
  const isJson = answer.hypothesis !== null || answer.sweep !== undefined
  const description = answer.description ?? (isJson ? null : sanitizeText(last, 80) || null)
  return { ...answer, description, model, tokens: null, costUsd: null }
}

function failureOf({ code, errors }: ClientOutput, command: string): AgentDown {
  const advice = `Run it in the target folder: ${command}`
  const lastError = errors
    .split('\n')
    .map(line => sanitizeText(line))
    .findLast(line => line !== '' && !retryAfter.test(line))
  const detail = lastError ? `: ${lastError}` : '.'
  if (code !== TEMPORARY_FAILURE)
    return new AgentDown(
      'crash',
      null,
      `The command agent exited with ${code === null ? 'a signal' : `exit code ${code}`}${detail}`,
      advice,
    )
  const wait = retryAfter.exec(errors)?.[1]
  return new AgentDown(
    wait === undefined ? 'overload' : 'rate-limit',
    wait === undefined ? null : Number(wait),
    `The command agent is down for now${detail}`,
    advice,
  )
}
