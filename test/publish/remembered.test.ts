import { expect, test } from 'vitest'
import { isPublicAllowed, type Remembered, recall, remember } from '../../scripts/publish/remembered.ts'
import { scratch } from '../helpers/throwaway.ts'

const discussion = (repository: string, isPublic: boolean): Remembered => ({
  target: '/repo',
  to: 'discussion',
  api: 'https://api.github.com',
  repository,
  category: 'Research',
  remote: null,
  folder: null,
  frontMatter: null,
  public: isPublic,
})

test('the last destination is remembered, and what was allowed for the others stays', async () => {
  const work = await scratch()
  expect(await recall('/repo', 'discussion', work)).toBeNull()
  await remember(discussion('lab/public', true), work)
  await remember(discussion('lab/private', false), work)
  expect((await recall('/repo', 'discussion', work))?.repository).toBe('lab/private')
  const asked = { target: '/repo', api: 'https://api.github.com', repository: 'Lab/Public' }
  expect(await isPublicAllowed(asked, work)).toBe(true)
  expect(await isPublicAllowed({ ...asked, target: '/other' }, work)).toBe(false)
  await remember(discussion('lab/public', true), work)
  expect((await recall('/repo', 'discussion', work))?.repository).toBe('lab/public')
})

test('what several sessions remember at the same moment is all kept', async () => {
  const work = await scratch()
  const targets = ['/a', '/b', '/c', '/d', '/e']
  await Promise.all(targets.map(target => remember({ ...discussion('lab/x', false), target }, work)))
  for (const target of targets) expect(await recall(target, 'discussion', work)).not.toBeNull()
})

test('a new folder of the docs takes the place of the last one', async () => {
  const work = await scratch()
  const docs = { ...discussion('', false), to: 'docs' as const, api: null, repository: null, category: null }
  for (const folder of ['/a', '/b']) await remember({ ...docs, folder, frontMatter: 'none' }, work)
  expect((await recall('/repo', 'docs', work))?.folder).toBe('/b')
})
