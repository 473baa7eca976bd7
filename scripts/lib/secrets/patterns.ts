/** Formats of keys that the preset lacks or takes too narrowly, e.g. because a text was cut. Pure. */
import { type Finder, matches } from './replace.ts'

/** What takes a key's place. */
export const placeholder = '[key]'

/**
 * Formats by their beginning. Text is hostile, so no match may begin in what another attempt has read without a limit: that
 * would take time that grows with the square of the length.
 */
const formats = [
  // Model services: Google; xAI; Perplexity; NVIDIA; Replicate; RunPod; Hugging Face. `sk-` is below.
  /AIza[\w-]{30,}/,
  /(?:ya29\.|GOCSPX-)[\w-]{20,}/,
  /(?:xai|pplx|nvapi)-[\w-]{32,}/,
  /(?:r8|rpa|hf)_[A-Za-z0-9]{20,}/,
  // Code hosts and registries: GitHub, GitLab, PyPI, npm.
  /gh[opsur]_[A-Za-z0-9]{20,}/,
  /github_pat_\w{20,}/,
  /gl(?:pat|dt|rt|rtr|cbt|ptt|ft|imt|agent|oas|soat|ffct)-[\w-]{20,}/,
  /pypi-(?=[\w-]{0,80}\d)[\w-]{32,}/,
  /npm_[A-Za-z0-9]{30,}/,
  // Clouds: AWS, DigitalOcean, age.
  /(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])/,
  /do[opr]_v1_[a-f0-9]{40,}/,
  /AGE-SECRET-KEY-1[A-Z0-9]{40,}/,
  // Messages and payments: Slack, Telegram, Twilio, SendGrid, Stripe.
  /xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{10,}/,
  /\d{8,10}:AA[\w-]{33}/,
  /SK[0-9a-f]{32}(?![A-Za-z0-9])/,
  /SG\.[\w-]{16,128}\.[\w-]{16,128}/,
  /(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{10,}/,
  /whsec_[A-Za-z0-9+/]{24,}/,
  // JSON Web Tokens.
  /(?<![\w-])eyJ[\w-]{10,}\.[\w-]{10,}(?:\.[\w-]*)?/,
]

const base64Lines = String.raw`(?:[\s"',+-]{0,8}[A-Za-z0-9+/]{16,}={0,2}){1,2000}(?:[\s"',+-]{0,8}[A-Za-z0-9+/]{1,15}={0,2})?`
const pemEnd = `-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----`

/** A value as random as a key: letters and at least two digits. */
const value = String.raw`(?=[\w+/~-]{0,80}[A-Za-z])(?:[A-Za-z_+/~-]{0,80}\d){2}[\w+/~-]*={0,2}`
/** The same, as long as keys are, and neither a name that goes on nor a call. */
const longValue = String.raw`(?=[\w+/~-]{20})${value}(?![\w+/~-]|\.\w|[([])`

const certain = [
  new RegExp(`(?<![A-Za-z0-9])(?:${formats.map(({ source }) => source).join('|')})`, 'g'),
  /** A private key, also one whose end is cut off. */
  new RegExp(
    String.raw`-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:[^]{0,4000}?${pemEnd}|(?:\s*[\w-]{1,40}: [^\n]{1,100}){0,4}(?:${base64Lines}\s*(?:${pemEnd})?)?)`,
    'g',
  ),
  /** User and password of a URL, unless they are names in braces or the like. */
  /(?<=[a-z0-9]:\/\/)[^\s:/@'"<>{}$%*[\]]{0,100}:[^\s/@'"<>{}$*[\]]{3,200}(?=@[\w[])/gi,
  /(?<=[?&](?:sig|signature|token|key|access_token|api_key)=)(?=[^\s&]{0,80}\d)[\w+/%~-]{20,}={0,2}/gi,
  /** Webhooks of Slack and Discord. */
  /(?<=hooks\.slack\.com\/(?:services|workflows)\/)[\w/]{12,}/gi,
  /(?<=discord(?:app)?\.com\/api\/webhooks\/)\d{5,}\/[\w-]{20,}/gi,
]

/** Patterns that names and words joined by signs match too, such as `sk-learn-pipeline-v2-gradient`. */
const unlessWords = [
  /** OpenAI, Anthropic, OpenRouter and other model services. */
  /(?<![A-Za-z0-9])sk-(?:(?=[\w-]{0,80}\d)[\w-]{16,}|[A-Za-z]{24,})/g,
  /** What a name calls a key: api_key: "…", WANDB_API_KEY=…, AccountKey=…, Authorization: Bearer …, _authToken=… */
  new RegExp(
    String.raw`(?:api_?-?key|secret_?-?(?:access_?-?)?key|client_?-?secret|(?:access|auth|bearer|refresh)_?-?token|account_?-?key|private_?-?key|passw(?:or)?d|passphrase)["']?\s{0,2}(?:=>|[:=])\s{0,2}["']?(${longValue})`,
    'gi',
  ),
  new RegExp(
    String.raw`(?<![A-Za-z0-9])[A-Z][A-Z0-9_]{0,60}_(?:KEY|TOKEN|SECRET|PAT|PWD|AUTH)["']?[:=]\s?["']?(${longValue})`,
    'g',
  ),
  /(?<![A-Za-z0-9])Bearer\s{1,3}((?=[^\s]{0,80}\d)[\w+/.~-]{16,}={0,2})/g,
  /(?<=[Aa]uthorization["']?\]?\s{0,2}[:=,]\s{0,2}["']?)Basic\s{1,3}((?=[^\s]{0,80}\d)[\w+/.~-]{16,}={0,2})/g,
]

/** A word, a number, or both: "fineweb10B", "seq1024", "124m", "768x12". */
const word = /^(?:[A-Z]?[a-z]{0,15}|[A-Z]{1,6})\d{0,10}(?:[A-Za-z]{1,2}|x\d{1,5})?$/

/**
 * Whether a value is words and numbers joined by signs, one of them a word of four letters or more. In a key letters, digits
 * and cases alternate: of random ones hardly any has this form.
 */
function isWords(value: string): boolean {
  const parts = value.split(/[_./-]/)
  return parts.length > 1 && parts.every(part => word.test(part)) && parts.some(part => /^[A-Z]?[a-z]{4}/.test(part))
}

export const findByFormat: Finder = text => {
  const found = certain.flatMap(pattern => [...matches(text, pattern)])
  const doubtful = unlessWords.flatMap(pattern => [...matches(text, pattern)])
  const keys = [...found, ...doubtful.filter(({ from, to }) => !isWords(text.slice(from, to)))]
  return keys.map(range => ({ ...range, by: placeholder }))
}
