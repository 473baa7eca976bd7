/**
 * How the harness knows that a file comes from the runner of a run, and not from the run, which has the same rights: the
 * harness makes a pair of keys for each run, gives the private one to the runner through a pipe and keeps the public one
 * in the journal. Imports only node's modules: the runner's start-up time counts.
 */
import { generateKeyPairSync, sign, verify } from 'node:crypto'

/** Two keys (Ed25519, DER in base64). */
export interface Keys {
  /** Known to the runner only, and never written to a file. */
  secret: string
  public: string
}

const [publicForm, secretForm] = [
  { type: 'spki', format: 'der' },
  { type: 'pkcs8', format: 'der' },
] as const

export function createKeys(): Keys {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519', {
    publicKeyEncoding: publicForm,
    privateKeyEncoding: secretForm,
  })
  return { secret: privateKey.toString('base64'), public: publicKey.toString('base64') }
}

/** A file's text that holds a value and its signature. @throws when the key is invalid */
export function signed(value: object, secret: string): string {
  const text = JSON.stringify(value)
  const key = { key: Buffer.from(secret, 'base64'), ...secretForm }
  return JSON.stringify({ text, signature: sign(null, Buffer.from(text), key).toString('base64') })
}

/** The value of a file that `signed` made; null where anything else is in it, or another key signed it. */
export function readSigned(content: string, publicKey: string): unknown {
  try {
    const { text, signature } = JSON.parse(content)
    const key = { key: Buffer.from(publicKey, 'base64'), ...publicForm }
    return verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64')) ? JSON.parse(text) : null
  } catch {
    return null // Not a signed file: the run may have written anything.
  }
}
