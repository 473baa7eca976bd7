import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { hostOf, readApi } from '../../../scripts/publish/github/api.ts'
import { findToken } from '../../../scripts/publish/github/token.ts'
import { scratch } from '../../helpers/throwaway.ts'

test.each([
  [null, 'https://api.github.com', 'github.com'],
  ['https://github.com/', 'https://api.github.com', 'github.com'],
  ['https://github.example.com', 'https://github.example.com/api/v3', 'github.example.com'],
  ['https://github.example.com/api/v3/', 'https://github.example.com/api/v3', 'github.example.com'],
  ['https://github.example.com/api/graphql', 'https://github.example.com/api/v3', 'github.example.com'],
  ['https://api.my-company.ghe.com', 'https://api.my-company.ghe.com', 'my-company.ghe.com'],
  ['http://127.0.0.1:8080/api/v3', 'http://127.0.0.1:8080/api/v3', '127.0.0.1:8080'],
])('--api %s is %s', (given, api, host) => {
  expect([readApi(given), hostOf(readApi(given))]).toEqual([api, host])
})

test.each(['github.example.com', 'http://github.example.com/', 'https://me:secret@github.example.com/', 'ftp://a.org'])(
  '--api %s is an error, which shows no password',
  given => {
    expect(() => readApi(given)).toThrow('is not an https URL.')
    expect(() => readApi(given)).not.toThrow('secret')
  },
)

test('the token is of the environment, of a server its own one, else of gh', async () => {
  const api = 'https://api.github.com'
  expect(await findToken(api, { GITHUB_TOKEN: 'one', GH_TOKEN: 'two' })).toBe('one')
  expect(await findToken(api, { GITHUB_TOKEN: '', GH_TOKEN: 'two\n', GH_ENTERPRISE_TOKEN: 'three' })).toBe('two')
  const server = readApi('https://github.example.com')
  expect(await findToken(server, { GITHUB_TOKEN: 'one', GH_ENTERPRISE_TOKEN: 'three' })).toBe('three')
  await expect(findToken(api, { GITHUB_TOKEN: 'two words' })).rejects.toThrow(/^GITHUB_TOKEN holds no token: [^w]/)

  const folder = await scratch()
  await writeFile(join(folder, 'gh'), '#!/bin/sh\n[ "$*" = "auth token --hostname github.example.com" ] && echo four\n')
  await chmod(join(folder, 'gh'), 0o755)
  const env = { PATH: `${folder}:/bin:/usr/bin` }
  expect(await findToken(server, env)).toBe('four')
  await expect(findToken(api, env)).rejects.toThrow('There is no token for github.com.')
})
