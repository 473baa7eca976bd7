import { cp, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { files } from '../../scripts/record/files/paths.ts'
import { nightshift, sessionsOf } from '../helpers/throwaway.ts'
import { args, checkWhole, finish, folderOf, target } from '../ratchet/session/faults.ts'

const fault = { timeout: 60_000 }

/** A session that was killed after the first candidate was judged. */
async function killed(): Promise<{ root: string; id: string; folder: string }> {
  const root = await target()
  await nightshift(root, 'session', args, { NIGHTSHIFT_FAILPOINT: 'after judged:2' })
  const folder = await folderOf(root)
  return { root, id: basename(folder), folder }
}

async function tear(path: string): Promise<void> {
  const text = await readFile(path, 'utf8')
  await writeFile(path, text.slice(0, text.length / 2))
}

test('a torn session.json does not affect other sessions, and the warning says how to repair it', fault, async () => {
  const { root, id, folder } = await killed()
  // By its id the newest session.
  const torn = '2999-01-01-cpu-aaaa-torn'
  const path = files.session(join(sessionsOf(root), torn))
  await cp(folder, join(sessionsOf(root), torn), { recursive: true })
  await tear(path)
  const warning = `warning: ${path} is not JSON: `
  const mend = `\n         \`npx pnpm session resume ${torn}\` writes it again from journal.jsonl, `

  const status = await nightshift(root, 'status', ['--json'])
  expect(status.exitCode, status.stderr).toBe(0)
  expect(JSON.parse(status.stdout)).toMatchObject({ id, state: 'interrupted' })
  expect(status.stderr).toContain(warning)
  expect(status.stderr).toContain(mend)

  const report = await nightshift(root, 'report', ['--json'])
  expect(report.exitCode, report.stderr).toBe(0)
  expect(JSON.parse(report.stdout)).toMatchObject({ session: id })
  // The file is read twice, for the newest session and for replications, with one warning.
  expect(report.stderr.split('warning: ')).toHaveLength(2)
  expect(report.stderr).toContain(warning)
  const week = await nightshift(root, 'report', ['--week'])
  expect(week.exitCode, week.stderr).toBe(0)
  expect(week.stderr).toContain(warning)

  const named = await nightshift(root, 'report', [torn])
  expect(named.exitCode).toBe(2)
  expect(named.stderr).toMatch(/^error: .*session\.json is not JSON: [^\n]+\n {7}`npx pnpm session resume [^\n]+$/)
  // Status needs only the journal.
  expect((await nightshift(root, 'status', [torn, '--json'])).exitCode).toBe(0)
})

test('resuming a session rewrites its torn records', fault, async () => {
  const { root, id, folder } = await killed()
  await tear(files.session(folder))
  await tear(files.experiments(folder))
  const alone = await nightshift(root, 'report')
  expect(alone.exitCode).toBe(2)
  expect(alone.stderr).toContain(`\`npx pnpm session resume ${id}\` writes it again`)
  expect(alone.stderr).toContain(`error: No session in ${sessionsOf(root)} can be read.`)
  await finish(root)
  await checkWhole(root)
})

test('--resume does not skip a newer session with a damaged journal', fault, async () => {
  const { root, id, folder } = await killed()
  const later = '2999-01-01-cpu-aaaa-late'
  const path = files.journal(join(sessionsOf(root), later))
  await cp(folder, join(sessionsOf(root), later), { recursive: true })
  const lines = (await readFile(path, 'utf8')).split('\n')
  await writeFile(path, lines.with(2, '{"event":').join('\n'))
  const refused = await nightshift(root, 'session', ['--resume'])
  expect(refused.exitCode).toBe(2)
  expect(refused.stderr).toBe(
    `error: ${path}:3 is not an event of a session.\n       Restore the journal from a copy; it is never edited by hand. To resume another session: \`npx pnpm session resume ${id}\`.`,
  )
  const named = await nightshift(root, 'session', ['--resume', later])
  expect(named.exitCode).toBe(2)
  expect(named.stderr).toContain(`error: ${path}:3 is not an event of a session.`)

  // A damaged journal of an older session is only a warning.
  const earlier = '2000-01-01-cpu-aaaa-old'
  await cp(join(sessionsOf(root), later), join(sessionsOf(root), earlier), { recursive: true })
  await cp(files.journal(folder), path)
  const dry = await nightshift(root, 'session', ['--resume', '--dry-run'])
  expect(dry.stderr).toContain(
    `warning: ${files.journal(join(sessionsOf(root), earlier))}:3 is not an event of a session.`,
  )
})
