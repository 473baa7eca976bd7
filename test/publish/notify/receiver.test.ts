import { expect, test } from 'vitest'
import { Failure } from '../../../scripts/lib/errors.ts'
import { readReceiver, type Webhook } from '../../../scripts/publish/notify/receiver.ts'

const read = (url: string, env: Record<string, string> = {}, as: Webhook['form'] | null = null) =>
  readReceiver({ url, command: null, as }, env)

const failure = (url: string, env: Record<string, string> = {}): string => {
  try {
    read(url, env)
  } catch (error) {
    if (error instanceof Failure) return `${error.message} ${error.advice}`
    throw error
  }
  return 'none'
}

test('the form follows from the host, unless it is named', () => {
  const form = (url: string) => (read(url) as Webhook).form
  expect(form('https://hooks.slack.com/services/T/B/x')).toBe('slack')
  expect(form('https://hooks.slack-gov.com/services/T/B/x')).toBe('slack')
  expect(form('https://discord.com/api/webhooks/1/x')).toBe('discord')
  expect(form('https://canary.discord.com/api/webhooks/1/x')).toBe('discord')
  expect(form('https://discord.com/api/webhooks/1/x/slack')).toBe('slack')
  expect(form('https://ntfy.sh/topic')).toBe('ntfy')
  expect(form('https://ntfy.example.org/topic')).toBe('ntfy')
  expect(form('https://chat.example.org/hooks/x')).toBe('json')
  expect(form('https://hooks.slack.com.example.org/x')).toBe('json')
  expect(form('https://notdiscord.com/x')).toBe('json')
  expect((read('https://chat.example.org/hooks/x', {}, 'slack') as Webhook).form).toBe('slack')
})

test('of an address only its host is named, and the variable that holds it', () => {
  const { name, described } = read('$TEAM_WEBHOOK', {
    TEAM_WEBHOOK: ' https://me:pw@hooks.slack.com/services/T/B/s3cret ',
  })
  expect(name).toBe('Slack at hooks.slack.com')
  expect(described).toBe('Slack at hooks.slack.com, the address in $TEAM_WEBHOOK')
})

test('a variable that is not set, empty or no address is an error that does not show its value', () => {
  expect(failure('$TEAM_WEBHOOK')).toMatch(/variable TEAM_WEBHOOK is not set.*--notify-test/)
  expect(failure('$TEAM_WEBHOOK', { TEAM_WEBHOOK: ' ' })).toMatch(/is not set/)
  const wrong = failure('$TEAM_WEBHOOK', { TEAM_WEBHOOK: 's3cret' })
  expect(wrong).toMatch(/the value of \$TEAM_WEBHOOK is not an http or https address/)
  expect(wrong).not.toContain('s3cret')
  expect(failure('$TEAM_WEBHOOK', { TEAM_WEBHOOK: 'ftp://example.org/s3cret' })).not.toContain('s3cret')
})

test('a name and a password that are not percent-encoded are taken as they are', () => {
  const { authorization } = read('https://me%zz:100%@example.org/topic') as Webhook
  expect(authorization).toBe(`Basic ${Buffer.from('me%zz:100%').toString('base64')}`)
})

test('a command is named by its beginning', () => {
  const receiver = readReceiver({ url: null, command: `notify ${'x'.repeat(100)}`, as: null }, {})
  expect(receiver.name).toMatch(/^the command “notify x{52}…”$/)
})
