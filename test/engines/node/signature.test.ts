/** Signatures by the Python of a node, which node's crypto makes and checks in the harness. */
import { execFileSync } from 'node:child_process'
import { createPrivateKey, createPublicKey, randomBytes, sign } from 'node:crypto'
import { expect, test } from 'vitest'
import { createKeys, readSigned } from '../../../scripts/engines/local/signature.ts'
import { callsOnNode, nodeModules, python } from './modules.ts'

/** RFC 8032, section 7.1: secret key, public key, message, signature. TEST 1024 is left out for its length. */
const vectors = [
  [
    '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  ],
  [
    '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    '72',
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  ],
  [
    'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  ],
  [
    '833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42',
    'ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf',
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
    'dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704',
  ],
]

const script = `
import json, sys
sys.path.insert(0, sys.argv[1])
from ed25519 import public_key, signature
given = [[bytes.fromhex(text) for text in pair] for pair in json.load(sys.stdin)]
print(json.dumps([[public_key(secret).hex(), signature(message, secret).hex()] for secret, message in given]))
`

/** Public key and signature of each pair of a secret key and a message; hexadecimal all. */
const calculated = (given: (string | undefined)[][]): unknown =>
  JSON.parse(
    execFileSync(python, ['-B', '-c', script, nodeModules], { input: JSON.stringify(given), encoding: 'utf8' }),
  )

test('keys and signatures are those of the test vectors of RFC 8032', () => {
  const given = vectors.map(([secret, , message]) => [secret, message])
  expect(calculated(given)).toEqual(vectors.map(([, key, , signature]) => [key, signature]))
})

test('they are those that node makes, of random keys and messages', () => {
  const given = Array.from({ length: 20 }, (_, i) => [randomBytes(32), randomBytes(i * i)] as const)
  const expected = given.map(([seed, message]) => {
    const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
    const key = createPrivateKey({ key: der, type: 'pkcs8', format: 'der' })
    const { x = '' } = createPublicKey(key).export({ format: 'jwk' })
    return [Buffer.from(x, 'base64url').toString('hex'), sign(null, message, key).toString('hex')]
  })
  const hex = given.map(pair => pair.map(bytes => bytes.toString('hex')))
  expect(calculated(hex)).toEqual(expected)
})

test('the harness reads what a node has signed, and nothing that another key signed', () => {
  const [keys, other] = [createKeys(), createKeys()]
  const value = { code: 1, said: 'é \u{1f600} \u0000 \ufffd "' }
  const [content] = callsOnNode<[string]>(['signature', 'signed', value, keys.secret])
  expect(readSigned(content, keys.public)).toEqual(value)
  expect(readSigned(content, other.public)).toBe(null)
})
