import { describe, expect, test } from 'vitest'
import { secretValues } from '../../../scripts/lib/secrets/environment.ts'
import { createLineRedactor } from '../../../scripts/lib/secrets/lines.ts'
import { findByFormat } from '../../../scripts/lib/secrets/patterns.ts'
import { createNameRedactor, createRedactor, mapStringsOf, redactRecord } from '../../../scripts/lib/secrets/redact.ts'
import { environmentKeys, formatKeys, longKeys } from '../../helpers/keys.ts'

const redact = createRedactor({ MY_API_KEY: 'correct horse "battery"', HOME: '/home/someone', SHORT_TOKEN: 'abc' })

describe('keys of an environment', () => {
  test('are redacted, also when escaped for JSON, URLs or HTML, or in base64 with other text', () => {
    expect(redact('key correct horse "battery"!')).toBe('key [key]!')
    expect(redact(JSON.stringify({ said: 'correct horse "battery"' }))).toBe('{"said":"[key]"}')
    expect(redact(JSON.stringify(JSON.stringify({ said: 'correct horse "battery"' })))).toBe(
      '"{\\"said\\":\\"[key]\\"}"',
    )
    expect(redact('?key=correct%20horse%20%22battery%22')).toBe('?key=[key]')
    expect(redact('<b>correct horse &quot;battery&#34;</b>')).toBe('<b>[key]</b>')
    for (const user of ['', 'a:', 'ab:', 'abc:'])
      expect(redact(Buffer.from(`${user}correct horse "battery" more`).toString('base64'))).toMatch(
        /^.{0,8}\[key\].{4,12}$/,
      )
  })

  test('are redacted where colours or invisible characters split them', () => {
    expect(redact('key correct \u001b[31mhorse\u001b[0m "bat\u200btery"!')).toBe('key [key]!')
  })

  test('are found by the words of the names', () => {
    expect(new Set(secretValues(environmentKeys).map(({ name }) => name))).toEqual(
      new Set(Object.keys(environmentKeys)),
    )
    const { DATABASE_URL = '' } = environmentKeys
    const password = DATABASE_URL.slice(DATABASE_URL.lastIndexOf(':') + 1, DATABASE_URL.indexOf('@'))
    expect(createRedactor(environmentKeys)(`connecting with ${password}`)).toBe('connecting with [key]')
  })

  test('are neither folders, nor settings, nor short values', () => {
    const settings = {
      PWD: '/home/someone/autoresearch',
      OLDPWD: '/home/someone',
      SSH_AUTH_SOCK: '/tmp/ssh-XXXX1234/agent.77',
      TOKENIZERS_PARALLELISM: 'disabled-by-default',
      GOOGLE_APPLICATION_CREDENTIALS: '/home/someone/key.json',
      KEYBOARD_LAYOUT: 'de-latin1-nodeadkeys',
      PUBLIC_KEY: 'ssh-ed25519 AAAAC3Nza',
      SHORT_TOKEN: 'abc',
      DB_PASSWORD: 'training',
      METRIC_KEY: 'val_loss',
      SOME_TOKEN: '524288000',
      MAX_TOKENS: '16384-and-more-of-them',
    }
    expect(secretValues(settings)).toEqual([])
    expect(redact('/home/someone knows the abc')).toBe('/home/someone knows the abc')
  })
})

test('a short value of an environment is no key where it is a part of a word', () => {
  const redactShort = createRedactor({ DB_PASSWORD: 'train123' })
  expect(redactShort('pretrain123, train1234, pw=train123')).toBe('pretrain123, train1234, pw=[key]')
})

test('names of metrics keep what short values of an environment are a part of', () => {
  const env = { DB_PASSWORD: 'val-2026', A_TOKEN: environmentKeys.GITHUB_PAT }
  const redactName = createNameRedactor(env)
  const record = { 'val-2026': 1, note: 'with val-2026', [`${environmentKeys.GITHUB_PAT}`]: 2 }
  expect(mapStringsOf(record, createRedactor(env), redactName)).toEqual({
    'val-2026': 1,
    note: 'with [key]',
    '[key]': 2,
  })
})

test('no long text of beginnings of a key takes time that grows with the square of its length', () => {
  const pem = '-----BEGIN PRIVATE KEY-----'
  const names = [
    'sk-',
    'ops_eyJ',
    '-eyJ',
    'AIza',
    'ya29.',
    'xai-',
    'hf_',
    'ghp_',
    'github_pat_',
    'glpat-',
    'pypi-',
    'npm_',
  ]
  const others = ['AKIA', 'dop_v1_', 'AGE-SECRET-KEY-1', 'xoxb-', '12345678:AA', 'SK', 'SG.', 'sk_live_', 'whsec_']
  const before = [
    'http://',
    'http://a:b',
    'api_key="',
    'api_key=a1',
    'A_',
    '_A_KEY=',
    'Bearer a',
    'Authorization: Basic ',
  ]
  const inUrls = ['?sig=a', 'hooks.slack.com/services/', 'discord.com/api/webhooks/1']
  for (const part of [...names, ...others, ...before, ...inUrls, pem, `${pem}\na: b\n`, '-----END PRIVATE KEY'])
    findByFormat(part.repeat(1_000_000 / part.length))
  const redactLine = createLineRedactor({})
  redactLine(pem)
  expect(redactLine(`${'"'.repeat(1_000_000)}!`)).toContain('!')
})

describe('keys of known format', () => {
  test.each([...formatKeys, ...longKeys])('$kind', ({ text, secret }) => {
    for (const form of [
      text,
      `it is ${text}.`,
      `said\n${text}\nand more`,
      JSON.stringify({ a: `x\n${text}` }),
      JSON.stringify({ a: JSON.stringify({ b: `x\n${text}` }) }),
      encodeURIComponent(`?a=${text}&b=1`),
      `\u001b[1m${text.slice(0, 12)}\u001b[0m${text.slice(12)}`,
    ]) {
      const rest = redact(form)
      expect(rest).toContain('[key]')
      for (let at = 0; at + 12 <= secret.length; at++) expect(rest).not.toContain(secret.slice(at, at + 12))
      expect(redact(rest)).toBe(rest)
    }
  })

  test('a private key is redacted where its end was cut off, and a patch keeps its number of lines', () => {
    const [pem] = longKeys
    const lines = (pem?.text ?? '').split('\n').map(line => `-${line}`)
    const cut = redact(lines.slice(0, 6).join('\n')).split('\n')
    expect(cut).toEqual(Array(6).fill('-[key]'))
    expect(redact(['@@ -1,9 +1,2 @@', ...lines, '+lr = 1'].join('\n')).split('\n')).toHaveLength(lines.length + 2)
  })

  test('a private key is redacted where its lines come one by one', () => {
    for (const { text } of longKeys.slice(0, 1)) {
      const redactLine = createLineRedactor({})
      const lines = ['key:', ...text.split('\n'), 'done', 'step 1']
      const all = lines.map(redactLine)
      expect([all.at(0), ...new Set(all.slice(1, -2)), ...all.slice(-2)]).toEqual(['key:', '[key]', 'done', 'step 1'])
    }
  })

  test('a comment for the scanner in the text does not hide a key', () => {
    for (const { text } of formatKeys) expect(redact(`secretlint-disable\n${text}`)).toContain('[key]')
  })

  test('ordinary code, logs and prose stay as they are', () => {
    for (const text of [
      'tokenizer_key = "token_embedding_layer_12"',
      'api_key = os.environ["OPENAI_API_KEY"]; api_key=config.services.v2.api_key_primary',
      'api_key = get_api_key_from_environment_v22(name)',
      'from sk-learn-pipeline-classifier import disk-usage-monitor-tool',
      'step 00100/03000 | loss 3.141593 | lrm 1.00 | dt 312.25ms | tok/sec 1,234,567 | mfu 41.2%',
      'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      'commit 1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b',
      'f"postgres://{user}:{password}@{host}/db" and https://$USER:$PASS@host/ and https://example.org/a:b@c',
      'password: required; passphrase: none; Basic authentication is off',
      'CACHE_KEY="gpt2_124m_fineweb10B_seq1024"',
      'PAD_TOKEN="pad_token_0123456789_reserved"',
      'private_key = "layer12_head4_query_key_proj_v2"',
      '# Basic train_gpt2_simple_variant3.py',
      'sk-resnet50-baseline-v1 and sk-learn-pipeline-v2-gradient',
      'torch.nn.Parameter(torch.zeros(1024, 768)) # 0.5% of C:\\new\\table',
      'refs/autoresearch/nov21/0042-2 and 2026-11-27-h100-80gb-nslg-h100',
    ])
      expect(redact(text)).toBe(text)
  })
})

test('a record is the same object where it holds no key, and else loses the key at any depth', () => {
  const clean = { a: ['x', { b: 'y' }], n: 1, none: null }
  expect(redactRecord(clean)).toBe(clean)
  const [key] = formatKeys
  expect(redactRecord({ a: ['x', { [`${key?.text}`]: `is ${key?.text}` }], n: 1 })).toEqual({
    a: ['x', { '[key]': 'is [key]' }],
    n: 1,
  })
})
