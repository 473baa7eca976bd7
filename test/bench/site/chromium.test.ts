import { readdir } from 'node:fs/promises'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { chromiumPath } from '../../../bench/site/chromium.ts'
import { scratch } from '../../helpers/throwaway.ts'

test('two processes that unpack Chromium at the same time both get a working one, in one folder', {
  timeout: 120_000,
}, async () => {
  const cache = await scratch()
  const start = async () => {
    const path = await chromiumPath(cache)
    const { stdout } = await execa(path, ['--version'])
    return { path, stdout }
  }
  const [one, other] = await Promise.all([start(), start()])
  expect(one).toEqual(other)
  expect(one?.stdout).toMatch(/^\D*\d+\.\d+/)
  expect(await readdir(cache)).toHaveLength(1)
  expect(await chromiumPath(cache)).toBe(one?.path)
})
