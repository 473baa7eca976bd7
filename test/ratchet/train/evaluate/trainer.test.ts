/** A session of the real trainer, whose runs its evaluator measures from outside, in a sandbox where this machine has one. */
import { readdir, readFile } from 'node:fs/promises'
import { platform } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { notebook } from '../../../../scripts/lib/paths.ts'
import { readSession } from '../../../../scripts/record/files/paths.ts'
import { nightshift, repository, sessionsOf, write } from '../../../helpers/throwaway.ts'

const python = process.env.TRAINER_PYTHON ?? join(notebook, 'trainer/.venv/bin/python')

test.runIf(platform() === 'linux')('the trainer is measured by its evaluator', { timeout: 180_000 }, async () => {
  const names = (await readdir(join(notebook, 'trainer'))).filter(name => /\.(py|toml|txt)$/.test(name))
  const trainer = await Promise.all(
    names.map(async name => [`trainer/${name}`, await readFile(join(notebook, 'trainer', name), 'utf8')] as const),
  )
  const text = await readFile(join(notebook, 'program.md'), 'utf8')
  const root = await repository({ ...Object.fromEntries(trainer), 'program.md': text })
  // Documents enough for a tokenizer, val and holdout.
  const pages = (await readdir(join(notebook, 'docs'))).filter(name => name.endsWith('.md'))
  for (const name of pages)
    for (const [i, part] of (await readFile(join(notebook, 'docs', name), 'utf8')).split('\n## ').entries())
      await write(root, { [`../text/${name}-${i}.md`]: part })
  const flags = [
    '--program',
    'program.md',
    '--experiments',
    '0',
    '--agent',
    'tuner',
    '--budget',
    '1s',
    '--timeout',
    '2m',
  ]
  const result = await nightshift(root, 'session', [...flags, '--data', `folder:${join(root, '../text')}`], {
    TRAINER_PYTHON: python,
    NIGHTSHIFT_CACHE: join(root, '../cache'),
  })
  expect(result.exitCode, result.stderr).toBe(0)
  const [id = ''] = await readdir(sessionsOf(root))
  const { session, experiments } = await readSession(join(sessionsOf(root), id))
  expect(session.measurement?.evaluator).toBe('trainer/evaluator.py')
  expect(experiments[0]?.runs[0]).toMatchObject({ outcome: 'ok', measuredBy: 'evaluator', evaluated: ['val_bpb'] })
  expect(session.data?.fingerprint).toMatch(/^[0-9a-f]+$/)
})
