/**
 * Any program as an agent: the prompt on its standard input, working directory the target folder of the proposal's
 * worktree; its edits are the proposal, the last non-empty line of its output the description, or the JSON that the
 * prompt asks for. Exit code 75 says that it is down for now, a line `retry-after: 30` on standard error for how long.
 */
import { sanitizeText } from '../../lib/text.ts'
import type { AgentSpec } from '../../program/contract.ts'
import { type Agent, AgentDown, type Task } from '../agent.ts'
import { rejectSecrets } from '../secretInEdit.ts'
import { readAnswer } from './answer.ts'
import { agentEnvironment, withPython } from './environment.ts'
import { type ClientOutput, runClientTurn } from './process.ts'

/** EX_TEMPFAIL of sysexits.h. */
const TEMPORARY_FAILURE = 75
const retryAfter = /^retry-after: *(\d+(?:\.\d+)?) *$/im

/** `spec.command` goes verbatim to `sh -c`, from program.md alone. */
export const commandAgent = (spec: AgentSpec): Agent => ({
  use: 'command',
  check: async () => ({ use: 'command', version: null, notes: [note], problem: null }),
  propose: task => propose(spec, task),
})

const note =
  'Your command runs with your rights; of your environment it gets what agent.env names and the usual (HOME, PATH).'

async function propose({ command, env: names, timeout, model }: AgentSpec, task: Task) {
  const { folder, prompt, mark, transcript, signal } = task
  const output = await runClientTurn({
    use: 'command',
    program: 'sh',
    args: ['-c', command ?? ''],
    cwd: folder,
    input: prompt,
    timeout,
    mark,
    transcript,
    signal,
    firstLineTimeout: null,
    watch: () => null,
    env: withPython(agentEnvironment(null, names)),
  })
  if (output.code !== 0) throw failureOf(output, command ?? '')
  await rejectSecrets('command', task)
  const last = output.lines.findLast(line => sanitizeText(line) !== '') ?? ''
  const answer = readAnswer(output.lines.join('\n'))
  const description = answer.description ?? (sanitizeText(last, 80) || null)
  return { description, hypothesis: answer.hypothesis, model, tokens: null, costUsd: null }
}

function failureOf({ code, errors }: ClientOutput, command: string): AgentDown {
  const advice = `Run it by hand in the target folder: ${command}`
  const lastError = errors
    .split('\n')
    .map(line => sanitizeText(line))
    .findLast(line => line !== '' && !retryAfter.test(line))
  const detail = lastError ? `: ${lastError}` : '.'
  if (code !== TEMPORARY_FAILURE)
    return new AgentDown(
      'crash',
      null,
      `The command agent ended with ${code === null ? 'a signal' : `exit code ${code}`}${detail}`,
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
