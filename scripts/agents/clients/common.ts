/** An agent from a client program: clean environment, scratch folder, one turn, parsed answer and cost. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { runMarkVariable } from '../../lib/process/orphans.ts'
import { createRedactor } from '../../lib/secrets/redact.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { AgentSpec } from '../../program/contract.ts'
import { type Agent, type AgentCheck, AgentDown, type Proposal, type Task } from '../agent.ts'
import { priceOf, type Usage } from '../prices.ts'
import { readAnswer } from './answer.ts'
import { agentEnvironment, withinWorktree } from './environment.ts'
import { type ClientOutput, runClientTurn } from './process.ts'

export interface Client {
  use: string
  program: string
  /** Shell command that installs it. */
  install: string
  /** Environment variables of the client. */
  ownVariables: RegExp
  /** Seconds until the first line of output must come; null: no limit. */
  firstLineTimeout: number | null
  /** Arguments and environment of a turn. */
  invocation(spec: AgentSpec, place: ClientContext): Promise<Invocation>
  /** Called with each line of output; a returned failure ends the turn. */
  watch(line: string): AgentDown | null
  /** Parses the output of a turn. @throws {AgentDown} the client failed, or its output cannot be read */
  read(output: ClientOutput, spec: AgentSpec): ClientReply
  /** Checks login and model, and notes the client's permissions. */
  check(spec: AgentSpec, run: RunClient, place: ClientContext): Promise<Pick<AgentCheck, 'notes' | 'problem'>>
}

export interface ClientContext {
  env: Record<string, string>
  /** Temporary folder, removed after the turn. */
  scratch: string
  /** Root of the proposal's worktree; `folder` is the target's folder in it. */
  worktree: string
  folder: string
}

export interface Invocation {
  args: string[]
  env: Record<string, string>
}

export interface ClientReply {
  text: string
  /** Whether the client used a tool: an answer without text may still have edits. */
  usedTools: boolean
  model: string | null
  tokens: number | null
  /** null: the client does not report it; the cost is then computed from `usage`. */
  costUsd: number | null
  usage: Usage[]
}

/** Runs the client for a check. */
export type RunClient = (
  args: string[],
  options?: { input?: string; env?: Record<string, string> },
) => Promise<ClientOutput>

const CHECK_TIMEOUT_S = 40

export const cliAgent = (client: Client, spec: AgentSpec): Agent => ({
  use: client.use,
  check: mark => withScratchFolder(scratch => checkClient(client, spec, scratch, mark)),
  propose: task => withScratchFolder(scratch => propose(client, spec, task, scratch)),
})

async function withScratchFolder<T>(run: (scratch: string) => Promise<T>): Promise<T> {
  const scratch = await mkdtemp(join(tmpdir(), 'nightshift-agent-'))
  try {
    return await run(scratch)
  } finally {
    await rm(scratch, { recursive: true, force: true, maxRetries: 3 })
  }
}

async function propose(client: Client, spec: AgentSpec, task: Task, scratch: string): Promise<Proposal> {
  const { worktree, folder, prompt: input, mark, transcript, signal } = task
  const { args, env } = await client.invocation(spec, {
    ...(await prepareEnvironment(client, spec, scratch)),
    worktree,
    folder,
  })
  const { use, program, firstLineTimeout, watch } = client
  const output = await runClientTurn({
    use,
    program,
    args,
    env: withinWorktree(env, worktree),
    cwd: folder,
    input,
    timeout: spec.timeout,
    mark,
    transcript,
    signal,
    firstLineTimeout,
    watch: line => watch(line),
  })
  const reply = client.read(output, spec)
  if (reply.text.trim() === '' && !reply.usedTools)
    throw new AgentDown('empty', null, `${use} gave an empty answer.`, 'It will be retried.')
  const { model, tokens, costUsd, usage } = reply
  return { ...readAnswer(reply.text), model, tokens, costUsd: costUsd ?? (await priceOf(usage)) }
}

async function checkClient(client: Client, spec: AgentSpec, scratch: string, mark: string | null): Promise<AgentCheck> {
  const context = { ...(await prepareEnvironment(client, spec, scratch)), worktree: scratch, folder: scratch }
  const marked = mark === null ? {} : { [runMarkVariable]: mark }
  const run: RunClient = (args, options = {}) =>
    runClient(client, args, { ...context.env, ...options.env, ...marked }, context.scratch, options.input)
  const found = await run(['--version'])
  const version = /\d+\.\d+\.\d+\S*/.exec(found.lines.join(' '))?.[0] ?? null
  const answer = version === null ? missingProgram(client, found) : await client.check(spec, run, context)
  return { use: client.use, version, ...answer }
}

const missingProgram = ({ use, program, install }: Client, { code, errors }: ClientOutput) => ({
  notes: [],
  problem: {
    found:
      code === null
        ? `The program ${program} of agent ${use} was not found.`
        : `${program} --version printed no version: ${sanitizeText(errors) || 'no error message'}`,
    advice: `Install it: ${install}`,
  },
})

async function runClient(
  { program }: Client,
  args: string[],
  env: Record<string, string>,
  cwd: string,
  input = '',
): Promise<ClientOutput> {
  const scrub = createRedactor({ ...process.env, ...env })
  const { stdout, stderr, exitCode } = await execa(program, args, {
    cwd,
    env,
    input,
    reject: false,
    extendEnv: false,
    timeout: CHECK_TIMEOUT_S * 1000,
    killDescendants: true,
  })
  return { lines: scrub(stdout ?? '').split('\n'), errors: scrub(stderr ?? ''), code: exitCode ?? null }
}

/** TMPDIR is inside the scratch folder, as some clients leave prompts in temporary files. */
async function prepareEnvironment({ ownVariables }: Client, { env: names }: AgentSpec, scratch: string) {
  const temp = join(scratch, 'tmp')
  await mkdir(temp)
  return { scratch, env: { ...agentEnvironment(ownVariables, names), TMPDIR: temp } }
}
