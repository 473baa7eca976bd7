/** Recorded output of Gemini CLI 0.61.0 and opencode 1.18.33, run against a model server. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { claude } from '../../../scripts/agents/clients/claude.ts'
import { codex } from '../../../scripts/agents/clients/codex.ts'
import type { Client } from '../../../scripts/agents/clients/common.ts'
import { gemini } from '../../../scripts/agents/clients/gemini.ts'
import { opencode } from '../../../scripts/agents/clients/opencode.ts'
import { agentSchema } from '../../../scripts/program/contract.ts'

async function read(client: Client, name: string, code = 0) {
  const text = await readFile(join(import.meta.dirname, 'recorded', `${name}.jsonl`), 'utf8')
  return client.read({ lines: text.trim().split('\n'), errors: '', code }, agentSchema.parse({ use: client.use }))
}

test('gemini reports its answer and its tokens by model', async () => {
  expect(await read(gemini, 'gemini-edit')).toEqual({
    text: 'I made it.\n{"description": "RATE 0.02 -> 0.04", "hypothesis": "faster"}',
    usedTools: true,
    model: 'gemini-x',
    tokens: 3060,
    costUsd: null,
    usage: [{ model: 'gemini-x', input: 2400, cached: 600, output: 60 }],
  })
})

test('opencode reports its answer, its tokens and its cost', async () => {
  const { costUsd, ...reply } = await read(opencode, 'opencode-edit')
  expect(reply).toMatchObject({ usedTools: true, tokens: 3810, usage: [] })
  expect(reply.text).toMatch(/^I made it\.\n{"description"/)
  expect(costUsd).toBeCloseTo(0.0106)
})

test.each<[Client, string, object]>([
  [gemini, 'gemini-rate-limit', { kind: 'rate-limit', retryAfter: 37 }],
  [gemini, 'gemini-empty', { kind: 'empty' }],
  [opencode, 'opencode-refused-key', { kind: 'auth' }],
])('%o: the output %s is a failure', async (client, name, expected) => {
  await expect(read(client, name, 1)).rejects.toMatchObject(expected)
})

test.each([claude, codex, gemini, opencode])('unknown output of $use is a failure that shows it', client => {
  const said = { lines: ['Welcome!', '{"type":"news"}'], errors: '', code: 0 }
  const spec = agentSchema.parse({ use: client.use })
  expect(() => client.read(said, spec)).toThrow(/cannot read: Welcome! \/ {"type":"news"}$/)
})
