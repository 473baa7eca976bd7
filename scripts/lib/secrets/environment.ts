/** The keys that an environment holds, and where a text repeats one. Pure functions of text and environment. */
import { decode } from './decode.ts'
import { placeholder } from './patterns.ts'
import { type Finder, matches } from './replace.ts'

/**
 * Words of a variable's name that mark a key: AWS_ACCESS_KEY_ID, GITHUB_PAT, MYSQL_PWD, NPM_CONFIG__AUTH, SLACK_WEBHOOK. A
 * number may follow. Names such as MAX_TOKENS count tokens of text.
 */
const secretName =
  /(?:^|_)(?:\w*API_?KEY|APP_?KEY|KEYS?|\w*TOKEN|\w*SECRETS?|\w*PASSWORDS?|PASSWD|PASSPHRASE|PASS|PWD|CREDENTIALS?|CREDS?|AUTH|OAUTH|AUTHORIZATION|PAT|WEBHOOKS?|COOKIES?|DSN|JWT|SIGNATURE)(?:_?\d+)?(?:_(?:ID|URL|URI|VALUE|BASE64|B64|JSON|PEM))?$/i
/** They name a folder or a public thing. */
const noSecret = /^(?:PWD|OLDPWD|GPG_KEY|KEYS?)$|PUBLIC|^(?:SSH|GIT)_(?:AUTH_SOCK|ASKPASS)$/i
/** Shorter values occur in ordinary words. */
const minLength = 8
/** Of shorter values, those in other words are there by chance. */
const longLength = 16
/** A number, or a name of letters such as may be in any program: "524288000", "training", "val_loss". */
const ordinary = /^(?:[+-]?\d+(?:[.,_]\d+)*(?:[eE][+-]?\d+)?|[A-Za-z_]{1,15})$/
/** A file or folder, not its content. */
const path = /^(?:~|\.{1,2})?\/[\w.@+-]+(?:\/[\w.@+-]+)*\/?$/
const credentialsInUrl = /^[a-z][a-z0-9+.-]*:\/\/([^\s/@:]*):([^\s/@]+)@/i

/** Whether a variable holds a key: its name says so, or its value is a URL with a password. */
export const holdsKey = (name: string, value: string): boolean =>
  isSecretName(name) || credentialsInUrl.test(value.trim())

const isSecretName = (name: string): boolean => secretName.test(name) && !noSecret.test(name)

export interface SecretValue {
  /** Of the variable. */
  name: string
  value: string
}

/** Keys of an environment: values of variables whose name marks a key, and passwords in URLs. */
export const secretValues = (env: NodeJS.ProcessEnv): SecretValue[] =>
  Object.entries(env).flatMap(([name, given = '']) => {
    const value = given.trim()
    const password = credentialsInUrl.exec(value)?.[2]
    const values = [
      ...(isSecretName(name) && !isPath(value) ? [value] : []),
      ...(password === undefined ? [] : [value, password, decode(password).text]),
    ]
    return [...new Set(values)].filter(isKey).map(value => ({ name, value }))
  })

const isKey = (value: string): boolean => value.length >= minLength && !ordinary.test(value)

/** Whether a value is in no program by chance: it is long, with letters and digits. */
export const isUnusual = ({ value }: SecretValue): boolean =>
  value.length >= longLength && /\d/.test(value) && /[a-z]/i.test(value)

/** Keys may hold slashes too, but then one of 40 random letters or more hardly has the form of a path with a name. */
const isPath = (value: string): boolean => path.test(value) && (value.length < 30 || /[.-]|\/[a-z]+\//.test(value))

/** Finds the values in a text, as they are and in base64; `decode` has removed other escapes. */
export function valueFinder(values: SecretValue[]): Finder {
  const plain = [...new Set(values.flatMap(({ value }) => [value, decode(value).text]))].filter(isKey)
  const encoded = new Set(values.flatMap(({ value }) => base64Of(value)))
  const known = [
    ...plain.map(form => ({
      length: form.length,
      source: form.length < longLength ? alone(form) : RegExp.escape(form),
    })),
    ...[...encoded].map(form => ({ length: form.length, source: RegExp.escape(form) })),
  ].sort((a, b) => b.length - a.length)
  if (known.length === 0) return () => []
  const pattern = new RegExp(known.map(({ source }) => source).join('|'), 'g')
  return text => [...matches(text, pattern)].map(range => ({ ...range, by: placeholder }))
}

/** The pattern of a text that is not a part of a longer word. */
const alone = (text: string): string =>
  `${/^\w/.test(text) ? '(?<!\\w)' : ''}${RegExp.escape(text)}${/\w$/.test(text) ? '(?!\\w)' : ''}`

/** What is in base64 whatever stands before and after it, in both alphabets; for values of 12 bytes or more. */
function base64Of(value: string): string[] {
  const bytes = Buffer.from(value)
  if (bytes.length < 12) return []
  return [0, 1, 2].flatMap(before => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    // Characters that hold bits of what is before or after.
    const inner = text.slice([0, 2, 3][before], (before + bytes.length) % 3 === 0 ? undefined : -1)
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')]
  })
}
