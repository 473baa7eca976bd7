import { createHash } from 'node:crypto'
import { symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { files, readSession } from '../../scripts/record/files/paths.ts'
import { readProgramTexts } from '../../scripts/record/files/prose.ts'
import { writeSession } from '../helpers/exampleSessions.ts'
import { scratch, sessionsOf } from '../helpers/throwaway.ts'
import { foreignSession } from './foreignRepository.ts'
import { into } from './into.ts'

const sha = (text: string) => createHash('sha256').update(text).digest('hex')

test('program.md of a repository gives the prose of its session, without frontmatter', async () => {
  const { root } = await foreignSession({ 'program.md': '---\nmetric: val_bpb\n---\n\nLower it.\n' })
  const { folder } = await into(sessionsOf(root), root)
  const { session, experiments } = await readSession(folder)
  expect(await readProgramTexts(folder)).toEqual({ [sha('Lower it.')]: 'Lower it.' })
  expect(new Set([session, ...experiments].map(e => e.proseHash))).toEqual(new Set([sha('Lower it.')]))
})

test('invalid frontmatter is kept as prose, and without program.md there is no version', async () => {
  const odd = '---\nmetric: [\n---\n\nLower it.'
  const { root } = await foreignSession({ 'program.md': `${odd}\n` })
  expect(await readProgramTexts((await into(sessionsOf(root), root)).folder)).toEqual({
    [sha(odd)]: odd,
  })
  const bare = await foreignSession()
  const { folder } = await into(sessionsOf(bare.root), bare.root)
  expect(await readProgramTexts(folder)).toEqual({})
  expect((await readSession(folder)).experiments.map(e => e.proseHash)).toEqual([null, null, null, null, null])
})

test("another notebook's versions come with its session: plain files that are named by a hash, no others", async () => {
  const root = await scratch()
  const id = '2026-11-20-h100-kqzt-nov20'
  await writeSession(join(root, 'theirs'), { id, experiments: 3, prose: ['Lower it.'] })
  const theirs = files.program(join(root, 'theirs', id))
  await writeFile(join(root, 'secret'), 'secret')
  await symlink(join(root, 'secret'), join(theirs, `${'b'.repeat(64)}.md`))
  await writeFile(join(theirs, 'notes.md'), 'mine')
  const { folder } = await into(join(root, 'ours'), join(root, 'theirs', id))
  expect(await readProgramTexts(folder)).toEqual({ [sha('Lower it.')]: 'Lower it.' })
})
