/**
 * Codex 0.169.0. It reads and edits through a shell in its own sandbox, which can write in the worktree only and has no
 * network. None of the user's configuration, rules, MCP servers or AGENTS.md; no key in the shell's environment.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { jsonOrNull } from '../../lib/files/read.ts'
import type { AgentSpec } from '../../program/contract.ts'
import { AgentDown } from '../agent.ts'
import { problem, ready } from './check.ts'
import type { Client, ClientContext, ClientReply, RunClient } from './common.ts'
import { serviceFailure, unreadableOutput } from './failures.ts'
import type { ClientOutput } from './process.ts'

/** Arguments `-c key=value`; values are TOML. */
const settings = [
  'approval_policy="never"',
  'sandbox_workspace_write.network_access=false',
  'sandbox_workspace_write.exclude_slash_tmp=true',
  'sandbox_workspace_write.exclude_tmpdir_env_var=true',
  'shell_environment_policy.inherit="core"',
  'shell_environment_policy.ignore_default_excludes=false',
  'web_search="disabled"',
  'project_doc_max_bytes=0',
  // Otherwise it waits for a lost network without limit.
  'features.unbounded_connection_retries=false',
  ...['apps', 'plugins', 'hooks', 'multi_agent', 'image_generation', 'browser_use', 'computer_use'].map(
    name => `features.${name}=false`,
  ),
].flatMap(setting => ['-c', setting])

const itemSchema = z.object({
  type: z.literal('item.completed'),
  item: z.object({ type: z.string(), text: z.string().optional() }),
})
const doneSchema = z.object({
  type: z.literal('turn.completed'),
  usage: z.object({ input_tokens: z.number(), cached_input_tokens: z.number(), output_tokens: z.number() }),
})
const failedSchema = z.object({ type: z.literal('turn.failed'), error: z.object({ message: z.string() }) })
const errorSchema = z.object({ type: z.literal('error'), message: z.string() })

export const codex: Client = {
  use: 'codex',
  program: 'codex',
  install: 'npm install -g @openai/codex',
  ownVariables: /^(OPENAI|CODEX|AZURE_OPENAI)_\w+$/,
  firstLineTimeout: null,
  async invocation(spec, { env, folder, worktree }) {
    return {
      args: [
        'exec',
        '--json',
        '--color',
        'never',
        '--skip-git-repo-check',
        '--ephemeral',
        '--ignore-user-config',
        '--ignore-rules',
        ...(hasCustomSandbox(spec) ? [] : ['--sandbox', 'workspace-write']),
        ...(worktree === folder ? [] : ['--add-dir', worktree]),
        ...settings,
        ...(env.OPENAI_BASE_URL === undefined ? [] : ['-c', `openai_base_url=${JSON.stringify(env.OPENAI_BASE_URL)}`]),
        ...(spec.model === null ? [] : ['--model', spec.model]),
        ...(spec.effort === null ? [] : ['-c', `model_reasoning_effort=${JSON.stringify(spec.effort)}`]),
        ...spec.args,
        '-',
      ],
      env: withKey(env),
    }
  },
  watch(line) {
    const error = errorSchema.safeParse(jsonOrNull(line))
    // Stops it: it would wait as long as the service asks, and no fallback would propose.
    const isWaiting = error.success && /^Reconnecting.*(\b429\b|rate limit)/i.test(error.data.message)
    return isWaiting ? serviceFailure('codex', error.data.message.replace(/^Reconnecting\.* *\d+\/\d+ */, '')) : null
  },
  read,
  check,
}

/** Whether the user's arguments choose another sandbox, or none. */
const hasCustomSandbox = ({ args }: AgentSpec): boolean =>
  args.some(arg => /^(-s|--sandbox(=.*)?|--dangerously-bypass-approvals-and-sandbox|sandbox_mode=.*)$/.test(arg))

/** `codex exec` reads CODEX_API_KEY. Without a login, OPENAI_API_KEY is passed under that name. */
function withKey(env: Record<string, string>): Record<string, string> {
  const home = env.CODEX_HOME ?? join(env.HOME ?? '', '.codex')
  const key = env.OPENAI_API_KEY
  return key === undefined || env.CODEX_API_KEY !== undefined || existsSync(join(home, 'auth.json'))
    ? env
    : { ...env, CODEX_API_KEY: key }
}

function read({ lines, errors, code }: ClientOutput, { model }: AgentSpec): ClientReply {
  const events = lines.map(jsonOrNull)
  const failed = events.map(event => failedSchema.safeParse(event)).findLast(({ success }) => success)?.data
  if (failed) throw serviceFailure('codex', failed.error.message)
  const done = events.map(event => doneSchema.safeParse(event)).findLast(({ success }) => success)?.data
  const error = errors
    .trim()
    .split('\n')
    .findLast(line => /error/i.test(line))
  if (!done && code !== 0 && error !== undefined)
    throw new AgentDown('crash', null, `codex: ${error.slice(0, 300)}`, 'Run `codex doctor`.')
  if (!done) throw unreadableOutput('codex', lines)
  const items = events.flatMap(event => itemSchema.safeParse(event).data?.item ?? [])
  const { input_tokens: input, cached_input_tokens: cached, output_tokens: output } = done.usage
  return {
    text: items.findLast(({ type }) => type === 'agent_message')?.text ?? '',
    usedTools: items.some(({ type }) => type !== 'agent_message' && type !== 'reasoning' && type !== 'error'),
    model,
    tokens: input + output,
    costUsd: null,
    usage: model === null ? [] : [{ model, input: input - cached, cached, output }],
  }
}

const sandboxNote =
  'codex runs a sandboxed shell: it can write only in the worktree and has no network, but it can read all files that you can read.'
const customSandboxNote = 'codex runs in the sandbox that agent.args names, which decides what it can write and reach.'

async function check(spec: AgentSpec, run: RunClient, { env }: ClientContext) {
  const login = await run(['login', 'status'])
  const ownProvider = spec.args.some(arg => /^(model_provider|model_providers\.|--oss|--local-provider)/.test(arg))
  const key = withKey(env).CODEX_API_KEY
  if (login.code !== 0 && key === undefined && !ownProvider)
    return problem('codex is not logged in.', 'Log in: codex login. Or set OPENAI_API_KEY.')
  if (spec.model !== null && !ownProvider) {
    const names = await listModels(run)
    if (names.length > 0 && !names.includes(spec.model))
      return problem(`codex knows no model ${spec.model}.`, `Name one of ${names.join(', ')}: agent.model, or --model.`)
  }
  if (hasCustomSandbox(spec)) return ready(customSandboxNote)
  const sandbox = await run(['sandbox', '--', 'true'])
  if (sandbox.code !== 0)
    return problem(
      `codex cannot create its sandbox: ${sandbox.errors.trim().split('\n').at(-1) ?? ''}`,
      'Allow unprivileged user namespaces. In a dedicated container, you may set agent.args: ["--sandbox", "danger-full-access"].',
    )
  return ready(sandboxNote)
}

const catalog = z.object({ models: z.array(z.object({ slug: z.string(), visibility: z.string().optional() })) })

async function listModels(run: RunClient): Promise<string[]> {
  const output = await run(['debug', 'models'])
  const found = catalog.safeParse(jsonOrNull(output.lines.join('\n')))
  return found.success
    ? found.data.models.filter(({ visibility }) => visibility !== 'hide').map(({ slug }) => slug)
    : []
}
