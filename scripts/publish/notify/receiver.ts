/** Who is told: `notify` of program.md with the variable that it names. Read at the start, so that no mistake shows at the end. */
import { Failure } from '../../lib/errors.ts'
import { redact } from '../../lib/secrets/redact.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { Notify } from '../../program/automation.ts'

export type Form = NonNullable<Notify['as']>

export interface Webhook {
  kind: 'webhook'
  /** Without a user's name and password. Most of it is a secret: only its host is ever shown. */
  url: URL
  /** Value of the Authorization header, from a name and password in the address; null without. */
  authorization: string | null
  form: Form
  /** "Slack at hooks.slack.com". */
  name: string
  /** With where the address comes from: "Slack at hooks.slack.com, the address in $SLACK_WEBHOOK_URL". */
  described: string
}

export interface Command {
  kind: 'command'
  /** For `sh -c`. */
  command: string
  name: string
  described: string
}

export type Receiver = Webhook | Command

/** @throws {Failure} when the variable is not set, or holds no address */
export function readReceiver(
  { url, command, as }: Pick<Notify, 'url' | 'command' | 'as'>,
  env: NodeJS.ProcessEnv,
): Receiver {
  if (command !== null) {
    const name = `the command “${redact(sanitizeText(command, 60))}”`
    return { kind: 'command', command, name, described: name }
  }
  const { text, variable } = addressIn(url ?? '', env)
  const address = URL.canParse(text) ? new URL(text) : null
  if (address === null || !/^https?:$/.test(address.protocol))
    throw new Failure(
      `notify: ${variable === null ? 'the address' : `the value of $${variable}`} is not an http or https address.`,
      'Copy the whole address of the webhook, beginning with https://.',
    )
  const { username, password } = address
  address.username = ''
  address.password = ''
  address.hash = ''
  const form = as ?? formOf(address)
  const name = `${formNames[form]} at ${address.host}`
  return {
    kind: 'webhook',
    url: address,
    authorization: username === '' && password === '' ? null : basic(username, password),
    form,
    name,
    described: variable === null ? name : `${name}, the address in $${variable}`,
  }
}

function addressIn(url: string, env: NodeJS.ProcessEnv): { text: string; variable: string | null } {
  if (!url.startsWith('$')) return { text: url, variable: null }
  const variable = url.slice(1)
  const text = env[variable]?.trim() ?? ''
  if (text !== '') return { text, variable }
  throw new Failure(
    `notify: the environment variable ${variable} is not set.`,
    `Set it to the address of the webhook in the shell that starts the session, then try it: --notify-test.`,
  )
}

const formNames: Record<Form, string> = { slack: 'Slack', discord: 'Discord', ntfy: 'ntfy', json: 'a webhook' }

/** The form that a host takes; JSON where it is not one that we know. */
function formOf({ hostname, pathname }: URL): Form {
  if (/^hooks\.slack(?:-gov)?\.com$/.test(hostname)) return 'slack'
  if (/(?:^|\.)discord(?:app)?\.com$/.test(hostname)) return pathname.endsWith('/slack') ? 'slack' : 'discord'
  return /^ntfy\./.test(hostname) ? 'ntfy' : 'json'
}

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${percentDecoded(user)}:${percentDecoded(password)}`).toString('base64')}`

export function percentDecoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part // Not percent-encoded text.
  }
}
