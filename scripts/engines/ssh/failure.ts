/** What ssh says when it does not connect, with what to do. Its messages are English in every locale. */
import { Failure } from '../../lib/errors.ts'
import { sanitizeText } from '../../lib/text.ts'
import { Unusable } from '../remote/hostAccess.ts'

interface Known {
  said: RegExp
  advice: (host: string) => string
}

/** Waiting does not help with these. */
const lasting: Known[] = [
  {
    said: /^Permission denied|Too many authentication failures|No supported authentication methods/,
    advice: host =>
      `Nobody is there to type a password: \`ssh -o BatchMode=yes ${host} true\` has to work. Load the key (ssh-add), or name it in an ssh config.`,
  },
  {
    said: /^Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED|No .* host key is known for/,
    advice: host => `Log in once by hand (\`ssh ${host}\`) and check its key; Nightshift accepts none by itself.`,
  },
  {
    said: /Could not resolve hostname .*(not known|No address associated)/,
    advice: () => 'Is the name that of an ssh config? `engine.config` names another config than yours.',
  },
  {
    said: /Bad configuration option|terminating, \d+ bad configuration options|Can't open user config file|Bad owner or permissions on/,
    advice: () => 'Correct the ssh config; `engine.config` names another one than yours.',
  },
  { said: /spawn ssh ENOENT/, advice: () => 'Install OpenSSH’s client on this machine.' },
]

/**
 * @param said what ssh wrote on standard error
 * @param why what else was seen, e.g. that it took too long
 */
export function failureOf(host: string, said: string, why: string | null): Failure {
  const lines = [...said.split('\n'), why ?? '']
    .map(line => sanitizeText(line, 300).replace(/\.$/, ''))
    .filter(line => line !== '')
  for (const { said: pattern, advice } of lasting) {
    const line = lines.find(line => pattern.test(line.replace(/^\S+@\S+: /, '')))
    if (line !== undefined) return new Unusable(`ssh does not reach ${host}: ${line}.`, advice(host))
  }
  return new Failure(
    `ssh does not reach ${host}: ${why ?? lines.at(-1) ?? 'the connection ended'}.`,
    `Does \`ssh ${host} true\` work?`,
  )
}
