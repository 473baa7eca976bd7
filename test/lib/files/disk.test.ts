import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { notebook } from '../../../scripts/lib/paths.ts'
import { scratch } from '../../helpers/throwaway.ts'

test('a line that does not fit on the disk is not written in part, and the next line that fits is intact', async () => {
  const path = join(await scratch(), 'journal')
  const program = `
    const { appendSynced } = await import(process.env.DISK)
    const results = []
    for (const length of [300, 5000, 100]) {
      const line = 'x'.repeat(length - 1) + '\\n'
      await appendSynced(process.env.JOURNAL, line).then(() => results.push('written'), error => results.push(error.message))
    }
    console.log(JSON.stringify(results))`
  // 4 blocks of 512 or 1024 bytes: the second line exceeds both.
  const { stdout } = await execa(
    'sh',
    ['-c', 'ulimit -f 4; exec "$0" --input-type=module -e "$1"', process.execPath, program],
    {
      env: { JOURNAL: path, DISK: join(notebook, 'scripts/lib/files/disk.ts') },
    },
  )
  expect(JSON.parse(stdout)).toEqual(['written', `The disk is full: ${path} could not be written.`, 'written'])
  expect((await readFile(path, 'utf8')).split('\n').map(line => line.length)).toEqual([299, 99, 0])
})
