/** Keys taken out of what a client says, before anything else reads it. Pure but for the environment it is given. */

/** Names of variables that hold a key. */
const secretName = /(KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?|AUTH)$/i
/** Shorter values would tear ordinary words. */
const shortest = 8

// Shapes of the keys of model services, code hosts and clouds, also of those that a client keeps in a file of its own.
const shapes = [
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

const instead = '[key]'

/** Variables of an environment that hold keys. */
export const secretValues = (env: NodeJS.ProcessEnv): { name: string; value: string }[] =>
  Object.entries(env).flatMap(([name, value = '']) =>
    value.length >= shortest && secretName.test(name) ? [{ name, value }] : [],
  )

/** @returns a function that replaces this environment's keys, and whatever looks like one, in a text */
export function createRedactor(env: NodeJS.ProcessEnv): (text: string) => string {
  const values = secretValues(env)
    // In JSON a value may be escaped.
    .flatMap(({ value }) => [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)])
    .sort((a, b) => b.length - a.length)
  const known = [...new Set(values)]
  return text => {
    const without = known.reduce((rest, value) => rest.replaceAll(value, instead), text)
    return shapes.reduce((rest, shape) => rest.replace(shape, instead), without)
  }
}
