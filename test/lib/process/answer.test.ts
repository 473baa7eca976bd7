import { chmod, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { answerOf } from '../../../scripts/lib/process/answer.ts'
import { isThere } from '../../../scripts/lib/process/marked.ts'
import { scratch, write } from '../../helpers/throwaway.ts'

async function program(script: string): Promise<string> {
  const folder = await scratch()
  await write(folder, { asked: `#!/bin/sh\n${script}\n` })
  const path = join(folder, 'asked')
  await chmod(path, 0o755)
  return path
}

test('what a program prints is its answer, where it ends well', async () => {
  const path = await program('echo "$@"; exit "$1"')
  expect(await answerOf(path, ['0', 'a b'], 10_000)).toBe('0 a b\n')
  expect(await answerOf(path, ['9'], 10_000)).toBeNull()
  expect(await answerOf(`${path}-missing`, [], 10_000)).toBeNull()
})

test('one that hangs, with a child that holds its output, is left in time, and both are ended', async () => {
  const path = await program(`trap '' TERM; sleep 47 & echo $! > "$1"; echo $$ >> "$1"; sleep 47`)
  const pids = `${path}-pids`
  const began = performance.now()
  expect(await answerOf(path, [pids], 1000)).toBeNull()
  expect(performance.now() - began).toBeLessThan(20_000)
  for (const pid of (await readFile(pids, 'utf8')).trim().split('\n')) {
    while (isThere(Number(pid))) await wait(20)
  }
})

test('one that prints without end is ended at once', async () => {
  expect(await answerOf(await program('yes'), [], 600_000)).toBeNull()
})
