/** The data of Nightshift's own trainer: its names, and what must be installed for it. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { notebook } from '../../../scripts/lib/paths.ts'
import { trainerRequirements, whyNotTrainerData } from '../../../scripts/ratchet/session/ownTrainer.ts'
import { nightshift, scratch, write } from '../../helpers/throwaway.ts'

test('names are those of trainer/corpus.py, and mistakes are said in its words', async () => {
  const corpus = await readFile(join(notebook, 'trainer/corpus.py'), 'utf8')
  const last = Number(/^CLIMBMIX_LAST = (\d+)/m.exec(corpus)?.[1])
  for (const data of ['stdlib', 'tinystories', 'climbmix', 'climbmix:1', `climbmix:${last - 1}`, 'folder:rows'])
    expect(whyNotTrainerData(data), data).toBeNull()
  const forms = /must be (stdlib, .*)\.'/.exec(corpus)?.[1]
  for (const data of ['wikipedia', 'folder:', 'climbmix:many', 'climbmix20', 'stdlib:2', 'Tinystories'])
    expect(whyNotTrainerData(data), data).toBe(`It must be ${forms}.`)
  for (const data of ['climbmix:0', `climbmix:${last}`])
    expect(whyNotTrainerData(data), data).toBe(`climbmix has 1 to ${last - 1} training shards.`)
})

test('pyarrow is required for data in parquet files only', async () => {
  const root = await scratch()
  await write(root, {
    'text/a.txt': 'a',
    'text/.hidden/rows.parquet': '',
    'text/node_modules/rows.parquet': '',
    'rows/deep/er/rows.parquet': '',
  })
  const [few, all] = [['requirements.txt'], ['requirements.txt', 'requirements-parquet.txt']]
  for (const data of [null, 'stdlib', `folder:${root}/text`, `folder:${root}/none`])
    expect(await trainerRequirements(data), `${data}`).toEqual(few)
  for (const data of ['climbmix', 'climbmix:20', 'tinystories', `folder:${root}/rows`, `folder:${root}`])
    expect(await trainerRequirements(data), data).toEqual(all)
  const pin = /^pyarrow==.*$/m
  expect(await readFile(join(notebook, 'trainer/requirements-parquet.txt'), 'utf8')).toMatch(pin)
  const developers = await readFile(join(notebook, 'trainer/requirements-dev.txt'), 'utf8')
  expect(developers).toContain('-r requirements-parquet.txt')
  expect(developers).not.toMatch(pin)
})

test('a session of the trainer says at its start that there is no such data', async () => {
  const root = await scratch()
  const result = await nightshift(notebook, 'session', ['--dry-run', '--data', 'climbmix:9999', '--agent', 'tuner'], {
    NIGHTSHIFT_SESSIONS: join(root, 'sessions'),
    NIGHTSHIFT_WORK: join(root, 'work'),
  })
  expect(result.exitCode).toBe(2)
  expect(result.stderr).toMatch(/--data: found "climbmix:9999"\.\s+climbmix has 1 to 6541 training shards\./)
})
