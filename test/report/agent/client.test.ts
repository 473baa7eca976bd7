/** The published Claude Code writes a report with a scripted model. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { readJson } from '../../../scripts/lib/files/read.ts'
import { files } from '../../../scripts/record/files/paths.ts'
import { writingSchema } from '../../../scripts/report/agent/schema.ts'
import { fetchClients } from '../../agents/clients/fetchClients.ts'
import { openServer, type Step } from '../../agents/clients/modelServer.ts'
import { exampleSession } from '../../helpers/exampleRecords.ts'
import { nightshift, scratch, sessionsOf } from '../../helpers/throwaway.ts'

let bin = ''
beforeAll(async () => {
  bin = await fetchClients()
}, 300_000)

test('claude edits the report in its workspace, fixes findings, and its cost is reported', {
  timeout: 60_000,
}, async () => {
  const change = (folder: string, from: string, to: string): Step[] => [
    { tool: 'Read', input: { file_path: join(folder, 'report.md') } },
    { tool: 'Edit', input: { file_path: join(folder, 'report.md'), old_string: from, new_string: to } },
    { say: 'done' },
  ]
  const answer = '::part{answer}\n'
  const server = await openServer(({ conversation, folder }) =>
    conversation === 0
      ? change(folder, answer, `${answer}\nMost came from :exp[1], 90% of it.\n`)
      : change(folder, ', 90% of it', ': probably the steps were too short'),
  )
  const root = join(await scratch(), 'repo')
  const { session, experiments } = exampleSession()
  const folder = join(sessionsOf(root), session.id)
  await mkdir(root)
  await mkdir(folder, { recursive: true })
  await writeFile(files.session(folder), JSON.stringify(session))
  await writeFile(files.experiments(folder), experiments.map(e => `${JSON.stringify(e)}\n`).join(''))
  const { exitCode, stderr } = await nightshift(root, 'report', ['--agent', 'claude'], {
    HOME: await scratch(),
    PATH: `${bin}:${process.env.PATH}`,
    ANTHROPIC_BASE_URL: server.url,
    ANTHROPIC_API_KEY: 'key',
  })
  expect(exitCode, stderr).toBe(0)
  const writing = await readJson(files.reportCheck(folder), writingSchema)
  expect(writing, stderr).toMatchObject({ use: 'claude', wrote: true, failed: null, cut: [] })
  expect(writing.rounds.map(round => round.map(({ found }) => found))).toEqual([['90'], []])
  expect(writing.tokens).toBeGreaterThan(0)
  expect(writing.costUsd).toBeGreaterThan(0)
  const text = await readFile(files.report(folder), 'utf8')
  expect(text).toContain('Most came from 0001: probably the steps were too short.')
  expect(text).toMatch(/were written by claude \(.*\) on .*Writing took .* tokens and \$/)
  expect(await readFile(files.reportTranscript(folder), 'utf8')).toContain('report.md')
})
