/**
 * Gemini CLI 0.61.0. Allows its file tools in the worktree only: no shell, web, MCP servers, extensions, hooks or
 * GEMINI.md. It runs in a temporary home with our settings, into which only the user's login is linked.
 */
import { existsSync } from 'node:fs'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { jsonOrNull } from '../../lib/files/read.ts'
import type { AgentSpec } from '../../program/contract.ts'
import { AgentDown } from '../agent.ts'
import { CHECK_PROMPT, checkByPrompt, problem } from './check.ts'
import type { Client, ClientContext, ClientReply, RunClient } from './common.ts'
import { serviceFailure, unreadableOutput } from './failures.ts'
import type { ClientOutput } from './process.ts'

const tools = ['read_file', 'read_many_files', 'list_directory', 'glob', 'grep_search', 'replace', 'write_file']
/** Files of the user's home that are linked into the temporary home. */
const linkedFiles = ['oauth_creds.json', 'google_accounts.json', 'installation_id', '.env']

const settings = (selectedType: string) => ({
  security: { auth: { selectedType } },
  general: { maxAttempts: 1, enableAutoUpdate: false },
  privacy: { usageStatisticsEnabled: false },
  tools: { core: tools },
  mcp: { allowed: [] },
  hooksConfig: { enabled: false },
  skills: { enabled: false },
  experimental: { enableAgents: false },
  context: { fileName: ['no-file-of-instructions'] },
})

const isolated = ['--skip-trust', '-e', 'none', '--approval-mode', 'auto_edit', '--output-format', 'stream-json']

const countSchema = z.object({
  total_tokens: z.number(),
  input_tokens: z.number(),
  cached: z.number(),
})
const resultSchema = z.object({
  type: z.literal('result'),
  status: z.string(),
  error: z.object({ message: z.string() }).optional(),
  stats: countSchema.extend({ models: z.record(z.string(), countSchema) }).optional(),
})
const messageSchema = z.object({ type: z.literal('message'), role: z.literal('assistant'), content: z.string() })
const actionSchema = z.object({ type: z.literal('tool_use') })

export const gemini: Client = {
  use: 'gemini',
  program: 'gemini',
  install: 'npm install -g @google/gemini-cli',
  ownVariables: /^(GEMINI|GOOGLE)_\w+$/,
  firstLineTimeout: null,
  async invocation({ model, args }, context) {
    const { folder, worktree } = context
    return {
      args: [
        ...isolated,
        ...(worktree === folder ? [] : ['--include-directories', worktree]),
        ...(model === null ? [] : ['--model', model]),
        ...args,
      ],
      env: await makeHome(context),
    }
  },
  watch: () => null,
  read,
  check,
}

async function makeHome({ env, scratch }: Pick<ClientContext, 'env' | 'scratch'>): Promise<Record<string, string>> {
  const home = join(scratch, 'home', '.gemini')
  if (!existsSync(home)) {
    await mkdir(home, { recursive: true })
    for (const name of linkedFiles)
      if (existsSync(join(userHome(env), name))) await symlink(join(userHome(env), name), join(home, name))
    await writeFile(join(home, 'settings.json'), JSON.stringify(settings((await loginOf(env)) ?? 'gemini-api-key')))
  }
  return { ...env, GEMINI_CLI_HOME: join(scratch, 'home') }
}

const userHome = (env: Record<string, string>): string => join(env.GEMINI_CLI_HOME ?? env.HOME ?? '', '.gemini')

const userSettings = z.object({ security: z.object({ auth: z.object({ selectedType: z.string() }) }) })

/** Login method: from the environment, else the user's choice in the client; null: not logged in. */
async function loginOf(env: Record<string, string>): Promise<string | null> {
  if (env.GOOGLE_GENAI_USE_VERTEXAI === 'true') return 'vertex-ai'
  if (env.GEMINI_API_KEY !== undefined) return 'gemini-api-key'
  // The client itself reports an invalid file.
  const text = await readFile(join(userHome(env), 'settings.json'), 'utf8').catch(() => '')
  const chosen = userSettings.safeParse(jsonOrNull(text))
  if (chosen.success) return chosen.data.security.auth.selectedType
  return existsSync(join(userHome(env), 'oauth_creds.json')) ? 'oauth-personal' : null
}

function read({ lines, errors, code }: ClientOutput): ClientReply {
  const events = lines.map(jsonOrNull)
  const result = events.map(event => resultSchema.safeParse(event)).findLast(({ success }) => success)?.data
  const usedTools = events.some(event => actionSchema.safeParse(event).success)
  if (result?.error) throw serviceFailure('gemini', result.error.message)
  if (result && result.status !== 'success')
    throw new AgentDown('empty', null, 'gemini gave an empty answer.', 'It will be retried.')
  if (!result && code !== 0 && errors.trim() !== '')
    throw serviceFailure('gemini', errors.trim().split('\n').at(-1) ?? '')
  if (!result?.stats) throw unreadableOutput('gemini', lines)
  const { models, total_tokens: tokens } = result.stats
  const used = Object.entries(models).filter(([, { total_tokens }]) => total_tokens > 0)
  const texts = events.flatMap(event => messageSchema.safeParse(event).data?.content ?? [])
  return {
    text: texts.join(''),
    usedTools,
    model: used.sort(([, a], [, b]) => b.total_tokens - a.total_tokens)[0]?.[0] ?? null,
    tokens,
    costUsd: null,
    // Thinking tokens are output, but only the total includes them.
    usage: used.map(([model, { total_tokens, input_tokens, cached }]) => ({
      model,
      input: input_tokens - cached,
      cached,
      output: total_tokens - input_tokens,
    })),
  }
}

async function check(spec: AgentSpec, run: RunClient, context: ClientContext) {
  if ((await loginOf(context.env)) === null)
    return problem('gemini is not logged in.', 'Run `gemini` once and log in, or set GEMINI_API_KEY.')
  const key = ['gemini', spec.model, spec.args, context.env.GEMINI_API_KEY, context.env.GOOGLE_GEMINI_BASE_URL]
  const login = 'Run `gemini` and log in again, or set a valid GEMINI_API_KEY.'
  return checkByPrompt(key, login, () => sendCheckPrompt(spec, run, context), read)
}

/** Sends the check's prompt with a short system prompt. */
async function sendCheckPrompt(spec: AgentSpec, run: RunClient, context: ClientContext): Promise<ClientOutput> {
  const system = join(context.scratch, 'system.md')
  await writeFile(system, CHECK_PROMPT)
  const { args, env } = await gemini.invocation(spec, context)
  return run(args, { input: CHECK_PROMPT, env: { ...env, GEMINI_SYSTEM_MD: system } })
}
