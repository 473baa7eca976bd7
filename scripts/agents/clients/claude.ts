/**
 * Claude Code 2.1.330. Allows read, edit, write, glob and grep in the worktree only: no shell, web or subagents, and
 * none of the user's hooks, settings, MCP servers or memory.
 */
import { z } from 'zod'
import { jsonOrNull } from '../../lib/files/read.ts'
import type { AgentSpec } from '../../program/contract.ts'
import { AgentDown } from '../agent.ts'
import { CHECK_PROMPT, checkByPrompt, problem } from './check.ts'
import type { Client, ClientContext, ClientReply, RunClient } from './common.ts'
import { serviceFailure, unreadableOutput } from './failures.ts'
import type { ClientOutput } from './process.ts'

const tools = 'Read,Edit,Write,Glob,Grep'
const denied = 'Bash,BashOutput,KillShell,WebFetch,WebSearch,Task,Agent,NotebookEdit'

/** Flags that restrict permissions; older versions lack some. */
const requiredFlags = ['--restricted', '--safe-mode', '--strict-mcp-config', '--permission-prompts', '--tools']
const isolated = [
  '--restricted',
  '--safe-mode',
  '--strict-mcp-config',
  '--disable-slash-commands',
  '--no-session-persistence',
]

/** The client may wait this long for a retry; for longer waits a fallback proposes. */
const MAX_RETRY_DELAY_MS = 5000

const settings = {
  CLAUDE_CODE_MAX_RETRIES: '1',
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  DISABLE_AUTOUPDATER: '1',
}

const retrySchema = z.object({
  type: z.literal('system'),
  subtype: z.literal('api_retry'),
  retry_delay_ms: z.number(),
  error_status: z.number().nullable(),
  error: z.string(),
})
const usageSchema = z.object({
  input_tokens: z.number(),
  cache_creation_input_tokens: z.number().nullish(),
  cache_read_input_tokens: z.number().nullish(),
  output_tokens: z.number(),
})
const resultSchema = z.object({
  type: z.literal('result'),
  subtype: z.string(),
  is_error: z.boolean(),
  result: z.string().optional(),
  api_error_status: z.number().nullish(),
  total_cost_usd: z.number().nonnegative(),
  usage: usageSchema,
  modelUsage: z.record(z.string(), z.object({ outputTokens: z.number() })).default({}),
})
const actionSchema = z.object({
  type: z.literal('assistant'),
  message: z.object({ content: z.array(z.object({ type: z.string() })) }),
})

export const claude: Client = {
  use: 'claude',
  program: 'claude',
  install: 'npm install -g @anthropic-ai/claude-code',
  ownVariables:
    /^(ANTHROPIC_\w+|CLAUDE_CONFIG_DIR|CLAUDE_CODE_(OAUTH|USE|SKIP|CLIENT|API|MAX_OUTPUT)_\w+|API_TIMEOUT_MS)$/,
  firstLineTimeout: null,
  invocation: async (spec, { env, folder, worktree }) => ({
    args: [
      '-p',
      '--output-format',
      'stream-json',
      '--verbose',
      ...isolated,
      '--permission-mode',
      'acceptEdits',
      '--permission-prompts',
      'none',
      '--tools',
      tools,
      '--disallowedTools',
      denied,
      ...(worktree === folder ? [] : ['--add-dir', worktree]),
      ...modelArgs(spec),
      ...spec.args,
    ],
    env: { ...env, ...settings },
  }),
  watch(line) {
    const retry = retrySchema.safeParse(jsonOrNull(line))
    if (!retry.success || retry.data.retry_delay_ms <= MAX_RETRY_DELAY_MS) return null
    const { error, error_status: status, retry_delay_ms: delay } = retry.data
    return serviceFailure('claude', `the service asked to wait (${error})`, status, delay / 1000)
  },
  read,
  check,
}

const modelArgs = ({ model, effort }: AgentSpec): string[] => [
  ...(model === null ? [] : ['--model', model]),
  ...(effort === null ? [] : ['--effort', effort]),
]

function read({ lines, errors, code }: ClientOutput): ClientReply {
  const events = lines.map(jsonOrNull)
  const result = events.map(event => resultSchema.safeParse(event)).findLast(({ success }) => success)?.data
  if (!result && code !== 0 && errors.trim() !== '') throw new AgentDown('crash', null, ...crashMessage(errors))
  if (!result) throw unreadableOutput('claude', lines)
  const { is_error, subtype, usage, modelUsage } = result
  if (is_error) throw serviceFailure('claude', result.result ?? subtype, result.api_error_status ?? null)
  const [model] = Object.entries(modelUsage).sort(([, a], [, b]) => b.outputTokens - a.outputTokens)[0] ?? [null]
  return {
    text: result.result ?? '',
    usedTools: events.some(event => isAction(event)),
    model,
    tokens:
      usage.input_tokens +
      (usage.cache_creation_input_tokens ?? 0) +
      (usage.cache_read_input_tokens ?? 0) +
      usage.output_tokens,
    costUsd: result.total_cost_usd,
    usage: [],
  }
}

const crashMessage = (errors: string): [string, string] => [
  `claude: ${errors.trim().split('\n').at(-1)?.slice(0, 300)}`,
  'Compare `claude --version` with the version in docs/agents.md.',
]

function isAction(event: unknown): boolean {
  const action = actionSchema.safeParse(event)
  return action.success && action.data.message.content.some(({ type }) => type === 'tool_use')
}

async function check(spec: AgentSpec, run: RunClient, { env }: ClientContext) {
  const help = (await run(['--help'])).lines.join('\n')
  const missingFlags = requiredFlags.filter(flag => !help.includes(flag))
  if (missingFlags.length > 0)
    return problem(
      `This version of claude is too old: it lacks ${missingFlags.join(', ')}, which restrict it to the worktree.`,
      'Update it: npm install -g @anthropic-ai/claude-code',
    )
  const status = z
    .object({ loggedIn: z.boolean() })
    .safeParse(jsonOrNull((await run(['auth', 'status'])).lines.join('')))
  if (status.success && !status.data.loggedIn)
    return problem('claude is not logged in.', 'Log in: claude auth login. Or set ANTHROPIC_API_KEY.')
  const key = ['claude', spec.model, spec.args, env.ANTHROPIC_API_KEY, env.ANTHROPIC_BASE_URL]
  const login = 'Log in: claude auth login. Or set a valid ANTHROPIC_API_KEY.'
  return checkByPrompt(key, login, () => run(checkArgs(spec), { input: CHECK_PROMPT, env: checkSettings }), read)
}

const checkArgs = (spec: AgentSpec): string[] => [
  '-p',
  '--output-format',
  'json',
  ...isolated,
  '--permission-prompts',
  'none',
  '--tools',
  '',
  '--effort',
  'low',
  '--system-prompt',
  CHECK_PROMPT,
  ...modelArgs({ ...spec, effort: null }),
  ...spec.args,
]
const checkSettings = { ...settings, CLAUDE_CODE_MAX_RETRIES: '0' }
