import { expect, test } from 'vitest'
import { kindOf, retryAfterOf, serviceFailure, unreadableOutput } from '../../../scripts/agents/clients/failures.ts'

test.each([
  ["You've hit your usage limit. Try again in 3 hours 5 minutes.", 'rate-limit'],
  ['[API Error: Resource has been exhausted (e.g. check quota).]', 'rate-limit'],
  ['exceeded retry limit, last status: 429 Too Many Requests', 'rate-limit'],
  ['Not logged in · Please run /login', 'auth'],
  ['Credit balance is too low', 'auth'],
  ['unexpected status 401 Unauthorized: connection refused by policy', 'auth'],
  ['We’re currently experiencing high demand, which may cause temporary errors.', 'overload'],
  ['The model is overloaded. Please try again later.', 'overload'],
  ['stream disconnected before completion: error sending request', 'network'],
  ['API Error: Connection dropped (ECONNRESET).', 'network'],
  ['exception TypeError: fetch failed sending request', 'network'],
  ['I would rather not.', 'unknown'],
])('%s is %s', (words, kind) => {
  expect(kindOf(words, null)).toBe(kind)
})

test('the HTTP status takes precedence over the message', () => {
  expect(kindOf('rate limit', 503)).toBe('overload')
  expect(kindOf('Your credit balance is too low', 400)).toBe('auth')
})

test.each([
  ['Rate limit reached. Please try again in 37s.', 37],
  ['Suggested retry after 1.5 minutes', 90],
  ['try again in 250ms', 0.25],
  ['Try again in 3 hours', 10_800],
  ['retry-after: 20', 20],
  ['try again later', null],
])('%s: %s s', (words, seconds) => {
  expect(retryAfterOf(words)).toBe(seconds)
})

test('an unknown model is distinguished from a service that is down', () => {
  expect(serviceFailure('codex', 'The requested model "x" does not exist.').advice).toContain('--model')
  expect(serviceFailure('claude', 'It may be gone', 404).advice).toContain('--model')
  expect(serviceFailure('codex', 'Selected model is at capacity. Please try a different model.').kind).toBe('overload')
})

test('unknown output is shown by its first lines, sanitized', () => {
  const { kind, message } = unreadableOutput('claude', ['\u001b[31mHello', 'World', 'again', 'never shown'])
  expect(kind).toBe('unreadable')
  expect(message).toMatch(/Hello \/ World \/ again$/)
})
