import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readEvaluation } from '../../../../scripts/ratchet/train/measure/evaluationFile.ts'
import { scratch } from '../../../helpers/throwaway.ts'

const nested = (levels: number) => `{"loss":0.9,"x":${'['.repeat(levels)}${']'.repeat(levels)}}`

test.each([
  ['{"loss":0.9,"device":{"name":"cpu"}}', null],
  [nested(10), null],
  [nested(20_000), 'nests values deeper than 20 levels'],
  ['{"loss":0.9,"grad_norm":NaN}', 'holds NaN or Infinity, which JSON does not have'],
  ['{"loss":-Infinity}', 'holds NaN or Infinity, which JSON does not have'],
  ['0.9', 'holds no JSON object'],
  ['garbage', 'holds no JSON object'],
])('%.40s: %s', async (text, unreadable) => {
  const path = join(await scratch(), 'eval.json')
  await writeFile(path, text)
  expect((await readEvaluation(path)).unreadable).toBe(unreadable)
})
