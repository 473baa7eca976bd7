import { expect, test } from 'vitest'
import { createPublisher } from '../../../scripts/lib/secrets/publish.ts'
import { formatKeys } from '../../helpers/keys.ts'

const publish = createPublisher(
  { A_TOKEN: 'abcdefgh1234' },
  { home: '/home/mkowalski', user: 'mkowalski', host: 'gpu-07.lab.example.edu' },
)

test.each([
  ['/home/mkowalski/autoresearch/train.py:3', '~/autoresearch/train.py:3'],
  ['in "/home/mkowalski"', 'in "~"'],
  ['PATH=/usr/bin:/home/mkowalski/bin', 'PATH=/usr/bin:~/bin'],
  [JSON.stringify({ a: '\n/home/mkowalski/x' }), '{"a":"\\n~/x"}'],
  ['file:///home/mkowalski/x', 'file://~/x'],
  ['%2Fhome%2Fmkowalski%2Fx', '~%2Fx'],
  ['/home/mkowalski2/x', '/home/[user]/x'],
  ['/Users/someone.else/x and C:\\Users\\other\\x', '/Users/[user]/x and C:\\Users\\[user]\\x'],
  ['/scratch/mkowalski/data', '/scratch/[user]/data'],
  ['/tmp/torchinductor_mkowalski/ab', '/tmp/torchinductor_[user]/ab'],
  ['mkowalski@gpu-07:~$', '[user]@[host]:~$'],
  ['USER=mkowalski', 'USER=[user]'],
  ['on gpu-07.lab.example.edu, rank 0', 'on [host], rank 0'],
  ['A_TOKEN is abcdefgh1234', 'A_TOKEN is [key]'],
])('%s becomes %s', (text, expected) => {
  expect(publish(text)).toBe(expected)
  expect(publish(expected)).toBe(expected)
})

test('a name in prose, in other words and in addresses of others stays', () => {
  for (const text of [
    'mkowalski proposed it; see autoresearch/mkowalski and sessions/2026-11-27-cpu-abcd-mkowalski/report.md',
    'https://github.com/mkowalski/autoresearch',
    'gpu-071 and the gpu-07-like',
    'homework in the home/folder',
  ])
    expect(publish(text)).toBe(text)
})

test('names that many machines share stay, and so does a path of which the home folder is the beginning', () => {
  const inContainer = createPublisher({}, { home: '/root', user: 'dev', host: 'desktop' })
  expect(inContainer('/root/x, /rootfs/x, /dev/null, dev@desktop')).toBe('~/x, /rootfs/x, /dev/null, dev@desktop')
  const nobody = createPublisher({}, { home: '/', user: null, host: null })
  expect(nobody('/data/x')).toBe('/data/x')
})

test('keys are removed, too', () => {
  for (const { text } of formatKeys) expect(publish(`in /home/mkowalski: ${text}`)).toMatch(/^in ~: .*\[key\]/)
})
