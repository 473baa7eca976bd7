/**
 * Keys of many kinds, none of them real. They are put together when a test runs, from pieces in which no scanner sees a
 * key, and are as random as real ones.
 */
import { createHash } from 'node:crypto'

const digits = '0123456789'
const lower = 'abcdefghijklmnopqrstuvwxyz'
const upper = lower.toUpperCase()
const letters = upper + lower
const word = letters + digits

/** The same letters each time, of which every 16 in a row are unlike those of any other kind. */
function random(kind: string, length: number, alphabet = word): string {
  let text = ''
  for (let block = 0; text.length < length; block++)
    for (const byte of createHash('sha256').update(`${kind} ${block}`).digest())
      text += alphabet[byte % alphabet.length]
  return text.slice(0, length)
}

const join = (...parts: string[]): string => parts.join('')

const lines = (text: string): string => (text.match(/.{1,64}/g) ?? []).join('\n')
const pem = (label: string): string =>
  [
    join('-----BEGIN ', label, 'PRIVATE', ' KEY-----'),
    lines(`MIIE${random(`pem ${label}`, 700)}==`),
    join('-----END ', label, 'PRIVATE', ' KEY-----'),
  ].join('\n')

/** Text that is written, and the part of it that must appear nowhere. */
export interface PlantedKey {
  kind: string
  text: string
  /** Any 12 letters of it are a leak. */
  secret: string
}

const whole = (kind: string, text: string): PlantedKey => ({ kind, text, secret: text.split('_').at(-1) ?? text })
const within = (kind: string, secret: string, text: (secret: string) => string): PlantedKey => ({
  kind,
  text: text(secret),
  secret,
})

/** Keys that are known by their format. None has a line feed, so that each fits where one line does. */
export const formatKeys: PlantedKey[] = [
  whole('AWS access key', join('AK', 'IA', random('aws', 16, upper + digits))),
  within('AWS secret key', random('aws secret', 40), key => join('aws_secret', '_access_key = ', key)),
  whole('GitHub classic', join('gh', 'p_', random('github', 36))),
  within('GitHub fine-grained', random('fine', 59), key => join('github', '_pat_', random('pat', 22), '_', key)),
  whole('GitLab', join('gl', 'pat-', random('gitlab', 20))),
  within('Slack token', random('slack', 24), key => join('xo', 'xb-', random('a', 12, digits), '-', key)),
  within('Slack webhook', random('hook', 24), key =>
    join('https://hooks.sl', 'ack.com/services/T0AB1CD2E/B0FG3HI4J/', key),
  ),
  within('OpenAI', random('openai', 20), key =>
    join('s', 'k-proj-', random('p', 74), 'T3Blbk', 'FJ', random('q', 54), key),
  ),
  within('Anthropic', random('anthropic', 60), key => join('s', 'k-ant-', 'api03-', random('r', 33), key, 'AA')),
  whole('Hugging Face', join('h', 'f_', random('hf', 34, letters))),
  whole('Google API', join('AI', 'za', random('google', 35))),
  whole('npm', join('np', 'm_', random('npm', 36))),
  whole('PyPI', join('py', 'pi-AgEIcHlwaS5vcmc', random('pypi', 80))),
  within('JSON Web Token', random('jwt', 43), key =>
    join('ey', 'J', random('h', 30), '.ey', 'J', random('b', 60), '.', key),
  ),
  whole('Stripe', join('sk', '_live_', random('stripe', 24))),
  within('SendGrid', random('sendgrid', 43), key => join('S', 'G.', random('s', 22), '.', key)),
  whole('Twilio', join('S', 'K', random('twilio', 32, '0123456789abcdef'))),
  within('database URL', random('db', 16), key => join('postgres', '://trainer:', key, '@db.lab.example:5432/runs')),
  within('basic authentication', random('basic', 16), key =>
    join('https', '://trainer:', key, '@files.example.org/set'),
  ),
  within('Azure storage', random('azure', 86), key => join('Account', 'Key=', key, '==')),
  within('bearer token', random('bearer', 32), key => join('Authorization: ', 'Bearer ', key)),
  within('W&B in a printed environment', random('wandb', 40, '0123456789abcdef'), key =>
    join('WANDB_API', '_KEY=', key),
  ),
]

/** Keys of several lines, for files and logs. */
export const longKeys: PlantedKey[] = [
  within('private key', random('pem RSA ', 700).slice(100, 160), () => pem('RSA ')),
  within('service account', random('pem ', 700).slice(100, 160), () =>
    JSON.stringify({ type: 'service_account', private_key_id: random('id', 40), private_key: pem('') }),
  ),
]

/** Values of variables of an environment, which only their names mark. */
export const environmentKeys: Record<string, string> = {
  AWS_ACCESS_KEY_ID: random('env 1', 24),
  DATABASE_URL: join('mysql', '://trainer:', random('env 2', 18), '@db.example/runs'),
  GITHUB_PAT: random('env 3', 24),
  OPENAI_KEY: random('env 4', 24),
  MYSQL_PWD: `${random('env 5', 10)} "& ${random('env 6', 8)}`,
  NPM_CONFIG__AUTH: random('env 7', 24),
  SLACK_WEBHOOK: random('env 8', 24),
  WANDB_API_KEY: random('env 9', 40, '0123456789abcdef'),
}
