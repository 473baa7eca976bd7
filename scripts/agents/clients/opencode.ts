/**
 * opencode 1.18.33. Allows read, edit, write, glob and grep in the worktree only; all other tools are denied, and plugins
 * and the project's configuration are disabled.
 */
import { z } from 'zod'
import { jsonOrNull } from '../../lib/files/read.ts'
import type { AgentSpec } from '../../program/contract.ts'
import { AgentDown } from '../agent.ts'
import { problem, ready } from './check.ts'
import type { Client, ClientReply, RunClient } from './common.ts'
import { serviceFailure, unreadableOutput } from './failures.ts'
import type { ClientOutput } from './process.ts'

const allowedTools = Object.fromEntries(['read', 'edit', 'glob', 'grep', 'list'].map(tool => [tool, 'allow']))
const config = {
  share: 'disabled',
  autoupdate: false,
  snapshot: false,
  permission: { '*': 'deny', ...allowedTools, external_directory: 'deny' },
}

const settings = {
  OPENCODE_CONFIG_CONTENT: JSON.stringify(config),
  OPENCODE_DISABLE_AUTOUPDATE: '1',
  OPENCODE_DISABLE_PROJECT_CONFIG: '1',
  OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
  OPENCODE_DISABLE_CLAUDE_CODE: '1',
}

const textSchema = z.object({ type: z.literal('text'), part: z.object({ text: z.string() }) })
const actionSchema = z.object({ type: z.literal('tool_use') })
const stepSchema = z.object({
  type: z.literal('step_finish'),
  part: z.object({
    cost: z.number().nonnegative(),
    tokens: z.object({
      input: z.number(),
      output: z.number(),
      reasoning: z.number(),
      cache: z.object({ read: z.number(), write: z.number() }),
    }),
  }),
})
const errorSchema = z.object({
  type: z.literal('error'),
  error: z.object({
    name: z.string(),
    data: z
      .object({
        message: z.string().optional(),
        statusCode: z.number().optional(),
        responseHeaders: z.record(z.string(), z.string()).optional(),
      })
      .optional(),
  }),
})

const providers =
  'ANTHROPIC|OPENAI|GEMINI|GOOGLE|GOOGLE_GENERATIVE_AI|OPENROUTER|GROQ|MISTRAL|DEEPSEEK|XAI|CEREBRAS|TOGETHER|FIREWORKS|MOONSHOT|OPENCODE'

export const opencode: Client = {
  use: 'opencode',
  program: 'opencode',
  install: 'npm install -g opencode-ai',
  ownVariables: new RegExp(`^((${providers})_API_KEY|OPENCODE_CONFIG)$`),
  // It retries a service that is down without any output.
  firstLineTimeout: 180,
  invocation: async ({ model, effort, args }, { env }) => ({
    args: [
      'run',
      '--pure',
      '--format',
      'json',
      '--title',
      'proposal',
      ...(model === null ? [] : ['--model', model]),
      ...(effort === null ? [] : ['--variant', effort]),
      ...args,
    ],
    env: { ...env, ...settings },
  }),
  watch: () => null,
  read,
  check,
}

function read({ lines, errors, code }: ClientOutput, { model }: AgentSpec): ClientReply {
  const events = lines.map(jsonOrNull)
  const failed = events.map(event => errorSchema.safeParse(event)).findLast(({ success }) => success)?.data?.error
  if (failed) {
    const { message, statusCode, responseHeaders } = failed.data ?? {}
    const wait = Number(responseHeaders?.['retry-after'] ?? Number.NaN)
    throw serviceFailure('opencode', message ?? failed.name, statusCode ?? null, Number.isFinite(wait) ? wait : null)
  }
  const steps = events.flatMap(event => stepSchema.safeParse(event).data?.part ?? [])
  if (steps.length === 0 && code !== 0 && errors.trim() !== '')
    throw new AgentDown('crash', null, `opencode: ${errors.trim().slice(0, 300)}`, 'Test it: opencode run hello')
  if (steps.length === 0) throw lines.some(line => line !== '') ? unreadableOutput('opencode', lines) : emptyAnswer()
  const cost = steps.reduce((sum, step) => sum + step.cost, 0)
  return {
    text: events.flatMap(event => textSchema.safeParse(event).data?.part.text ?? []).at(-1) ?? '',
    usedTools: events.some(event => actionSchema.safeParse(event).success),
    model,
    tokens: steps.reduce(
      (sum, { tokens: { input, output, reasoning, cache } }) =>
        sum + input + output + reasoning + cache.read + cache.write,
      0,
    ),
    // It reports 0 for a model without a known price.
    costUsd: cost > 0 ? cost : null,
    usage: [],
  }
}

const emptyAnswer = () => new AgentDown('empty', null, 'opencode gave an empty answer.', 'It will be retried.')

async function check({ model }: AgentSpec, run: RunClient) {
  if (model === null)
    return problem(
      'opencode has no default model.',
      'Set agent.model, or --model, to provider/model; `opencode models` lists them.',
    )
  const provider = model.split('/')[0] ?? ''
  const { lines, code } = await run(['models', provider], { env: settings })
  if (code !== 0)
    return problem(
      `opencode has no login for ${provider}.`,
      'Log in: opencode auth login. Or set the provider’s API key.',
    )
  return lines.some(line => line.trim() === model)
    ? ready()
    : problem(`opencode knows no model ${model}.`, `\`opencode models ${provider}\` lists them.`)
}
