/**
 * Codex. It reads and edits by a shell in its own sandbox: writing in the worktree alone, no network; none of the user's
 * configuration, rules, MCP servers or AGENTS.md, and no key in the shell's environment. Written for 0.169.0.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { jsonOrNull } from '../../lib/read.ts'
import type { AgentSpec } from '../../program/contract.ts'
import { AgentDown } from '../agent.ts'
import { problem, ready } from './check.ts'
import type { Client, ClientContext, ClientReply, RunClient } from './common.ts'
import { serviceFailure, unreadableOutput } from './failures.ts'
import type { ClientOutput } from './process.ts'

/** As `-c key=value`, the value in TOML. */
const settings = [
  'approval_policy="never"',
  'sandbox_workspace_write.network_access=false',
  'sandbox_workspace_write.exclude_slash_tmp=true',
  'sandbox_workspace_write.exclude_tmpdir_env_var=true',
  'shell_environment_policy.inherit="core"',
  'shell_environment_policy.ignore_default_excludes=false',
  'web_search="disabled"',
  'project_doc_max_bytes=0',
  // Else it waits for a network that is gone as long as that takes, and no fallback proposes.
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
    // It would wait as long as the service says; a fallback proposes meanwhile.
    const isWaiting = error.success && /^Reconnecting.*(\b429\b|rate limit)/i.test(error.data.message)
    return isWaiting ? serviceFailure('codex', error.data.message.replace(/^Reconnecting\.* *\d+\/\d+ */, '')) : null
  },
  read,
  check,
}

/** Whether the user chose another sandbox, or none. */
const hasCustomSandbox = ({ args }: AgentSpec): boolean =>
  args.some(arg => /^(-s|--sandbox(=.*)?|--dangerously-bypass-approvals-and-sandbox|sandbox_mode=.*)$/.test(arg))

/** `codex exec` takes CODEX_API_KEY; who has only the usual name and no login means that one. */
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
  'codex reads through a sandboxed shell: it writes in the proposal’s worktree alone and has no network, but it can read what you can read.'
const customSandboxNote =
  'codex runs in the sandbox that agent.args names: what it may write and reach is what that allows.'

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
      `codex cannot make its sandbox here: ${sandbox.errors.trim().split('\n').at(-1) ?? ''}`,
      'Allow unprivileged user namespaces, or, in a container of its own, give agent.args: ["--sandbox", "danger-full-access"].',
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
