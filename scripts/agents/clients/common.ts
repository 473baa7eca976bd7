/** What all clients have in common: a clean environment, a scratch folder, a turn, and its answer read and priced. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { runMarkVariable } from '../../lib/process/orphans.ts'
import { createRedactor } from '../../lib/secrets.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { AgentSpec } from '../../program/contract.ts'
import { type Agent, type AgentCheck, AgentDown, type Proposal, type Task } from '../agent.ts'
import { priceOf, type Usage } from '../prices.ts'
import { rejectSecrets } from '../secretInEdit.ts'
import { readAnswer } from './answer.ts'
import { agentEnvironment } from './environment.ts'
import { type ClientOutput, runClientTurn } from './process.ts'

export interface Client {
  use: string
  program: string
  /** Shell command that installs it. */
  install: string
  /** Variables of its own. */
  ownVariables: RegExp
  /** Seconds in which its first line must come; null: it says something at once, or cannot be told by it. */
  firstLineTimeout: number | null
  /** Its command line and environment for a turn; `scratch` is a folder of its own that is removed afterwards. */
  invocation(spec: AgentSpec, place: ClientContext): Promise<Invocation>
  /** Looks at a line as it comes; what it returns ends the turn. */
  watch(line: string): AgentDown | null
  /** @throws {AgentDown} it failed, or said what cannot be read */
  read(said: ClientOutput, spec: AgentSpec): ClientReply
  /** Whether it is logged in, knows the model, and what is to be known of its rights. */
  check(spec: AgentSpec, run: RunClient, place: ClientContext): Promise<Pick<AgentCheck, 'notes' | 'problem'>>
}

export interface ClientContext {
  env: Record<string, string>
  scratch: string
  /** Root of the proposal's worktree, and the target's folder in it. */
  worktree: string
  folder: string
}

export interface Invocation {
  args: string[]
  env: Record<string, string>
}

export interface ClientReply {
  text: string
  /** Whether it used any tool: an answer without a word may still be an edit. */
  usedTools: boolean
  model: string | null
  tokens: number | null
  /** null: it does not say; `usage` is then priced. */
  costUsd: number | null
  usage: Usage[]
}

/** Runs the client for an answer to a question of the check. */
export type RunClient = (
  args: string[],
  options?: { input?: string; env?: Record<string, string> },
) => Promise<ClientOutput>

/** Seconds that one question of the check may take. */
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
    env,
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
    throw new AgentDown('empty', null, `${use} gave an empty answer.`, 'It is asked again later.')
  await rejectSecrets(use, task)
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
        ? `The program ${program} of the agent ${use} was not found.`
        : `${program} --version gave no version: ${sanitizeText(errors) || 'nothing'}`,
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

/** Temporary files go where they are removed with the rest: some clients leave what they were told in them. */
async function prepareEnvironment({ ownVariables }: Client, { env: names }: AgentSpec, scratch: string) {
  const temp = join(scratch, 'tmp')
  await mkdir(temp)
  return { scratch, env: { ...agentEnvironment(ownVariables, names), TMPDIR: temp } }
}
