/** Removes API keys from text, e.g. an agent's output, before it is stored. Pure functions of text and environment. */

/** Names of environment variables that hold a key. */
const secretName = /(KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?|AUTH)$/i
/** Shorter values are not redacted, because they occur in ordinary words. */
const minLength = 8

// Keys of model services, code hosts and clouds; a client may read them from files, so the environment is not enough.
const keyPatterns = [
  /\bsk-[A-Za-z0-9_-]{16,}/g,
  /\bAIza[A-Za-z0-9_-]{30,}/g,
  /\bya29\.[A-Za-z0-9_-]{20,}/g,
  /\b(?:gh[opsur]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})/g,
  /\bhf_[A-Za-z0-9]{20,}/g,
  /\bxox[abprs]-[A-Za-z0-9-]{10,}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]*)?/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/gs,
]

const placeholder = '[key]'

/** The variables of an environment that hold keys. */
export const secretValues = (env: NodeJS.ProcessEnv): { name: string; value: string }[] =>
  Object.entries(env).flatMap(([name, value = '']) =>
    value.length >= minLength && secretName.test(name) ? [{ name, value }] : [],
  )

/** @returns a function that replaces the environment's keys, and text that matches a key's format, by "[key]" */
export function createRedactor(env: NodeJS.ProcessEnv): (text: string) => string {
  const values = secretValues(env)
    // Escaped as in JSON and in URLs, too.
    .flatMap(({ value }) => [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)])
    .sort((a, b) => b.length - a.length)
  const known = [...new Set(values)]
  return text => {
    const redacted = known.reduce((rest, value) => rest.replaceAll(value, placeholder), text)
    return keyPatterns.reduce((rest, pattern) => rest.replace(pattern, placeholder), redacted)
  }
}
