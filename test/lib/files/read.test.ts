import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test, vi } from 'vitest'
import { z } from 'zod'
import { Failure } from '../../../scripts/lib/errors.ts'
import {
  exists,
  listIfThere,
  orWarn,
  readJsonIfThere,
  readJsonLines,
  readText,
  readTextIfThere,
} from '../../../scripts/lib/files/read.ts'
import { readFoundSync } from '../../../scripts/lib/files/regularFile.ts'
import { scratch } from '../../helpers/throwaway.ts'

const schema = z.object({ n: z.number() })

test('a missing file gives null, also when a folder of its path is a file', async () => {
  const folder = await scratch()
  await writeFile(join(folder, 'file'), 'text')
  for (const path of [join(folder, 'none'), join(folder, 'file/inside')]) {
    expect(await readTextIfThere(path)).toBeNull()
    expect(await readJsonIfThere(path, schema)).toBeNull()
    expect(await listIfThere(path)).toEqual([])
    expect(await exists(path)).toBe(false)
  }
})

test('an unreadable file is an error with its path', async () => {
  const folder = await scratch()
  await mkdir(join(folder, 'folder.json'))
  await writeFile(join(folder, 'file'), 'text')
  await expect(readJsonIfThere(join(folder, 'folder.json'), schema)).rejects.toThrow(
    /folder\.json cannot be read: it is a folder\.$/,
  )
})

test('invalid JSON and a schema mismatch are errors with the mismatch and advice', async () => {
  const path = join(await scratch(), 'a.json')
  const read = async (text: string) => {
    await writeFile(path, text)
    const error: unknown = await readJsonIfThere(path, schema, 'Do this.').catch(error => error)
    return error instanceof Failure ? [error.message.replace(path, 'a.json'), error.advice] : error
  }
  expect(await read('{"n": 1}')).toEqual({ n: 1 })
  expect(await read('{"n":')).toEqual(['a.json is not JSON: Unexpected end of JSON input.', 'Do this.'])
  expect(await read('')).toEqual(['a.json is not JSON: Unexpected end of JSON input.', 'Do this.'])
  expect(await read('{"n": "1"}')).toEqual(['a.json: n: Invalid input: expected number, received string.', 'Do this.'])
})

test('an invalid line is reported with its number', async () => {
  const path = join(await scratch(), 'a.jsonl')
  await writeFile(path, '{"n":1}\n\n{"n":2}\n{"n":')
  await expect(readJsonLines(path, schema)).rejects.toThrow(`${path}:4 is not JSON: `)
})

test('orWarn prints a Failure once and throws any other error', async () => {
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const failing = () => Promise.reject(new Failure('read.test.ts cannot be read.', 'Do this.'))
  expect(await orWarn(failing())).toBeNull()
  expect(await orWarn(failing())).toBeNull()
  expect(said.mock.calls).toEqual([['warning: read.test.ts cannot be read.\n         Do this.\n']])
  said.mockRestore()
  await expect(orWarn(Promise.reject(new TypeError('a bug')))).rejects.toThrow('a bug')
})

test('a pipe, a link, a device and a file over the limit are said to be that, at once', async () => {
  const folder = await scratch()
  const at = (name: string) => join(folder, name)
  await writeFile(at('file'), 'text')
  await execa('mkfifo', [at('pipe')])
  await symlink(at('file'), at('link'))
  await truncate(at('file'), 10)
  const said = (path: string) =>
    readText(path, 'Do this.', { limit: 9 }).catch((error: Error) => error.message.replace(/^.* cannot be read: /, ''))
  expect(await said(at('pipe'))).toBe('it is a pipe.')
  expect(await said(at('link'))).toBe('it is a link.')
  expect(await said('/dev/null')).toBe('it is a device.')
  expect(await said(at('file'))).toBe('it is a file of 0.0 MB, and at most 0.0 MB are read.')
  expect(await readText(at('link'), 'Do this.', { links: true })).toBe('text\0\0\0\0\0\0')
  expect(readFoundSync(at('file'), { tail: 7 })).toMatchObject({
    kind: 'file',
    size: 10,
    bytes: Buffer.from('t\0\0\0\0\0\0'),
  })
})
