import { execFileSync } from 'node:child_process'
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { linkOf, type PostRecord, readPosts, recordPost } from '../../../scripts/record/files/posts.ts'
import { scratch } from '../../helpers/throwaway.ts'

const post: PostRecord = {
  to: 'discussion',
  address: 'https://github.com/my-lab/research/discussions/7',
  repository: 'my-lab/research',
  id: 'D_7',
  key: 'session 2026-11-21-h100-abcd-nov21',
  at: '2026-11-22T07:00:00.000Z',
}

test('a post replaces its earlier record; another place, repository or host has its own', async () => {
  const folder = join(await scratch(), 'session')
  expect(await readPosts(folder)).toEqual([])
  await recordPost(folder, post)
  const others: PostRecord[] = [
    { ...post, to: 'pull-request', address: 'https://github.com/my-lab/research/pull/8' },
    { ...post, repository: 'my-lab/other' },
    { ...post, address: 'https://github.example.com/my-lab/research/discussions/7' },
  ]
  for (const other of others) await recordPost(folder, other)
  const later = { ...post, at: '2026-11-23T07:00:00.000Z' }
  await recordPost(folder, later)
  expect(await readPosts(folder)).toEqual([...others, later])
  // A stranger may have filled the file to its limit.
  const many = Array.from({ length: 1000 }, (_, i) => ({ ...post, key: `session ${i}` }))
  await writeFile(join(folder, 'posts.json'), JSON.stringify({ schema: 1, posts: many }))
  await recordPost(folder, later)
  expect((await readPosts(folder)).at(-1)).toEqual(later)
})

test('a file that is damaged, a pipe, a link, or huge counts as none, with a warning, and can be replaced', async () => {
  const folder = join(await scratch(), 'session')
  await mkdir(folder)
  const path = join(folder, 'posts.json')
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const spoiled: [string, () => Promise<unknown>][] = [
    ['it is not in the form of that file', () => writeFile(path, '{"schema": 1, "posts": [{"to": "everybody"}]}')],
    ['it is a pipe', async () => execFileSync('mkfifo', [path])],
    ['it is a link', () => symlink('/etc/passwd', path)],
    ['it is a folder', () => mkdir(path)],
    ['MB', () => writeFile(path, ' '.repeat(2 ** 20 + 1))],
  ]
  for (const [why, spoil] of spoiled) {
    await rm(path, { recursive: true, force: true })
    await spoil()
    expect(await readPosts(folder)).toEqual([])
    expect(String(write.mock.lastCall?.[0])).toContain(why)
    await recordPost(folder, post)
    expect(await readPosts(folder)).toEqual([post])
  }
  write.mockRestore()
  expect(await readFile('/etc/passwd', 'utf8')).not.toContain('discussion')
})

test('only an https address becomes a link, and control characters go', async () => {
  const folder = join(await scratch(), 'session')
  for (const address of [
    'javascript:alert(1)',
    'http://example.org/',
    'https://a:b@example.org/',
    '/home/somebody/docs',
  ])
    expect(linkOf({ ...post, address })).toBeNull()
  expect(linkOf({ ...post, address: 'https://example.org/"><script>' })).toBe('https://example.org/%22%3E%3Cscript%3E')
  await recordPost(folder, { ...post, repository: 'my\u202e-lab\u001b[31m/research' })
  expect((await readPosts(folder))[0]?.repository).toBe('my-lab/research')
})
