/** A local model server that plays a script: Anthropic's Messages and OpenAI's Responses APIs, both streamed. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** One response of the model. */
export type Step =
  | { say: string }
  /** A call of one of the client's own tools: claude's by name and input, for codex `apply_patch` or a command. */
  | { tool: string; input: Record<string, unknown> | string }
  | { status: number; headers?: Record<string, string>; error: Record<string, unknown> }
  /** The stream breaks in the middle. */
  | 'cut'
  /** No answer at all. */
  | 'silence'

/** A request, as passed to the script. */
export interface Asked {
  /** Index of the conversation, from 0; −1 for a check. */
  conversation: number
  /** API key of the request. */
  key: string
  /** Working directory that the client reports. */
  folder: string
  /** URL of the server. */
  url: string
  body: string
}

export interface Server {
  url: string
  asked: Asked[]
}

/** @param script steps of a conversation; a step is repeated when the client tries it again */
export async function openServer(script: (asked: Asked) => Step[]): Promise<Server> {
  const conversations: string[] = []
  const asked: Asked[] = []
  const server = createServer((request, response) => void answer(request, response))

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await textOf(request)
    const messages = request.url?.includes('/messages') ?? false
    if (request.method !== 'POST' || !(messages || request.url?.endsWith('/responses')))
      return refuse(response, 404, {})
    const id = String(request.headers['x-claude-code-session-id'] ?? request.headers['thread-id'])
    // The prompt of a check is not a conversation.
    const parsed = JSON.parse(body) as { model: string; tools?: unknown[]; messages?: Message[]; input?: Item[] }
    const word = messages && parsed.tools?.length === 0
    if (!word && !conversations.includes(id)) conversations.push(id)
    const now: Asked = {
      conversation: word ? -1 : conversations.indexOf(id),
      key: String(request.headers['x-api-key'] ?? request.headers.authorization).replace('Bearer ', ''),
      folder: /(?:Primary working directory: |<cwd>)([^\\<"]+)/.exec(body)?.[1] ?? '',
      url: `http://${request.headers.host}`,
      body,
    }
    asked.push(now)
    const step: Step = script(now)[messages ? resultsIn(parsed.messages) : outputsIn(parsed.input)] ?? { say: 'ready' }
    if (step === 'silence') return
    if (typeof step === 'object' && 'status' in step) return refuse(response, step.status, step.error, step.headers)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const event of messages ? messageEvents(step, parsed.model) : responseEvents(step))
      response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
    if (step === 'cut') response.destroy()
    else response.end()
  }

  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

interface Message {
  content: string | { type: string }[]
}
interface Item {
  type?: string
}
type Event = { type: string } & Record<string, unknown>

const resultsIn = (messages: Message[] = []): number =>
  messages
    .flatMap(({ content }) => (typeof content === 'string' ? [] : content))
    .filter(part => part.type === 'tool_result').length

const outputsIn = (input: Item[] = []): number => input.filter(({ type }) => type?.endsWith('_call_output')).length

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

function refuse(response: ServerResponse, status: number, error: object, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify({ type: 'error', error }))
}

let calls = 0

/** Usage of each request: 1,000 input tokens plus 200 from a cache, 20 output tokens. */
function messageEvents(step: Exclude<Step, { status: number }> | 'cut', model: string): Event[] {
  const usage = { input_tokens: 1000, output_tokens: 1, cache_read_input_tokens: 200, cache_creation_input_tokens: 0 }
  const message = { id: `msg_${++calls}`, type: 'message', role: 'assistant', model, content: [], usage }
  const start = { type: 'message_start', message: { ...message, stop_reason: null, stop_sequence: null } }
  const tool = typeof step === 'object' && 'tool' in step
  const block = tool
    ? { type: 'tool_use', id: `toolu_${calls}`, name: step.tool, input: {} }
    : { type: 'text', text: '' }
  const words = typeof step === 'object' && 'say' in step ? step.say : 'I wi'
  const delta = tool
    ? { type: 'input_json_delta', partial_json: JSON.stringify(step.input) }
    : { type: 'text_delta', text: words }
  const begun = [
    start,
    { type: 'content_block_start', index: 0, content_block: block },
    { type: 'content_block_delta', index: 0, delta },
  ]
  if (step === 'cut') return begun
  const reason = { stop_reason: tool ? 'tool_use' : 'end_turn', stop_sequence: null }
  return [
    ...(words === '' ? [start] : [...begun, { type: 'content_block_stop', index: 0 }]),
    { type: 'message_delta', delta: reason, usage: { output_tokens: 20 } },
    { type: 'message_stop' },
  ]
}

/** Usage of each request: 1,000 input tokens, 200 of them from a cache, 20 output tokens. */
function responseEvents(step: Exclude<Step, { status: number }> | 'cut'): Event[] {
  const id = `resp_${++calls}`
  const created = { type: 'response.created', response: { id } }
  if (typeof step === 'string') return [created]
  const usage = { input_tokens: 1000, output_tokens: 20, total_tokens: 1020 }
  const details = { input_tokens_details: { cached_tokens: 200 }, output_tokens_details: { reasoning_tokens: 0 } }
  return [
    created,
    { type: 'response.output_item.done', output_index: 0, item: itemOf(step) },
    { type: 'response.completed', response: { id, usage: { ...usage, ...details } } },
  ]
}

function itemOf(step: Extract<Step, { say: string } | { tool: string }>): object {
  if ('say' in step)
    return {
      type: 'message',
      id: `msg_${calls}`,
      role: 'assistant',
      content: [{ type: 'output_text', text: step.say }],
    }
  const call = { call_id: `call_${calls}`, name: step.tool }
  return typeof step.input === 'string'
    ? { type: 'custom_tool_call', ...call, input: step.input }
    : { type: 'function_call', ...call, arguments: JSON.stringify(step.input) }
}
