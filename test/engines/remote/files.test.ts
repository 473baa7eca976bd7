import { execFileSync } from 'node:child_process'
import { chmod, lstat, mkdir, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { localChannel } from '../../../scripts/engines/remote/channel.ts'
import { baseTar, evaluationTar, nodeFolder, nodeTar } from '../../../scripts/engines/remote/files.ts'
import { folderEntries, tarEnd } from '../../../scripts/engines/remote/tar.ts'
import { put } from '../../../scripts/engines/remote/verbs.ts'
import { gitIn } from '../../../scripts/lib/git/git.ts'
import { repository, scratch } from '../../helpers/throwaway.ts'
import { python } from '../node/modules.ts'

const channel = localChannel(python, nodeFolder)
const long = `${'a-long-folder/'.repeat(12)}file.txt`

async function source() {
  const root = await repository({
    'train.py': 'train',
    'data/a.bin': 'in git',
    'run.sh': '#!/bin/sh\n',
    [long]: 'long',
    'ignored.txt': 'not exported',
    '.gitattributes': 'ignored.txt export-ignore\n',
  })
  await symlink('train.py', join(root, 'link.py'))
  await chmod(join(root, 'run.sh'), 0o755)
  const git = gitIn(root)
  await git.raw('add', '-A')
  await git.raw('commit', '-q', '-m', 'all')
  // What is not committed is not sent.
  await writeFile(join(root, 'train.py'), 'changed since')
  return { git, commit: await git.raw('rev-parse', 'HEAD'), scratch: join(await scratch(), 'worktree'), root }
}

test('the files of a commit are on the node as git checks them out', async () => {
  const from = await source()
  const root = join(await scratch(), 'node root')
  await put(channel, root, 'base', baseTar(from))
  const at = (path: string) => join(root, 'base', path)
  expect((await readdir(at(''))).sort()).toEqual(
    ['.gitattributes', 'a-long-folder', 'data', 'ignored.txt', 'link.py', 'run.sh', 'train.py'].sort(),
  )
  expect(await readFile(at('train.py'), 'utf8')).toBe('train')
  expect(await readFile(at(long), 'utf8')).toBe('long')
  expect(await readlink(at('link.py'))).toBe('train.py')
  expect((await lstat(at('run.sh'))).mode & 0o111).not.toBe(0)
  expect((await lstat(at('train.py'))).mode & 0o111).toBe(0)
  expect(await from.git.raw('worktree', 'list', '--porcelain')).not.toContain('worktree\n')
  expect((await from.git.raw('worktree', 'list')).split('\n')).toHaveLength(1)
  // Again: what was there is replaced.
  await put(
    channel,
    root,
    'base',
    evaluationTar(from, { edit: ['train.py', 'data/a.bin'], links: { data: '/on/node' } }),
  )
  expect((await readdir(at(''))).sort()).not.toContain('train.py')
  expect(await readlink(at('data'))).toBe('/on/node')
  expect((await readdir(root)).filter(name => name !== '.nightshift').sort()).toEqual(
    ['base', 'caches', 'changed', 'done', 'measured', 'runs'].sort(),
  )
  expect((await lstat(root)).mode & 0o777).toBe(0o700)
})

test('names that are not UTF-8, and long targets of links, arrive as they are', async () => {
  const folder = await scratch()
  const name = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0x61])])
  await writeFile(name, 'x')
  await symlink('y'.repeat(300), join(folder, 'link'))
  await mkdir(join(folder, 'empty'))
  const root = join(await scratch(), 'root')
  const tar = async function* () {
    yield* folderEntries(folder)
    yield tarEnd()
  }
  await put(channel, root, 'base', tar())
  const found = await readdir(Buffer.from(join(root, 'base')), { encoding: 'buffer' })
  expect(found.map(entry => entry.toString('latin1')).sort()).toEqual(['empty', 'link', '\xffa'])
  expect(await readlink(join(root, 'base/link'))).toBe('y'.repeat(300))
})

test('the runner works where it was put', async () => {
  const root = join(await scratch(), 'root')
  await put(channel, root, 'node', await nodeTar())
  const there = localChannel(python, join(root, 'node'))
  expect(JSON.parse(String(await there.call(['poll', root])))).toMatchObject({ runs: {}, workers: {} })
  expect((await readdir(join(root, 'node'))).filter(name => !/\.(py|pl)$|^__pycache__$/.test(name))).toEqual([])
})

test('a tar that is cut, or leads out of its folder, leaves what was there', async () => {
  const root = join(await scratch(), 'root')
  const folder = await scratch()
  await writeFile(join(folder, 'a'), 'first')
  const cut = async function* () {
    yield* folderEntries(folder)
  }
  const full = async function* () {
    yield* folderEntries(folder)
    yield tarEnd()
  }
  await put(channel, root, 'base', full())
  await writeFile(join(folder, 'a'), 'second')
  await expect(put(channel, root, 'base', cut())).rejects.toThrow(/is cut: the connection was lost/)
  const outside = execFileSync(python, [
    '-c',
    'import io,sys,tarfile\nt=tarfile.open(fileobj=sys.stdout.buffer,mode="w|")\nt.addfile(tarfile.TarInfo("../planted"))\nt.close()',
  ])
  await expect(put(channel, root, 'base', outside)).rejects.toThrow(/leads out of its folder/)
  await expect(put(channel, root, 'base', 'no tar')).rejects.toThrow(/is no tar/)
  expect(await readFile(join(root, 'base/a'), 'utf8')).toBe('first')
  expect((await readdir(root)).filter(name => name.startsWith('.put') || name === 'planted')).toEqual([])
})
