/** Sessions in which every text that others may write is hostile. */
import { appendFile, cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { execa } from 'execa'
import type { z } from 'zod'
import { digestSchema } from '../../../../scripts/analysis/schema.ts'
import { sourceSchema } from '../../../../scripts/collect/source.ts'
import { readJson } from '../../../../scripts/lib/files/read.ts'
import { files, readSession } from '../../../../scripts/record/files/paths.ts'
import { rejectionSchema } from '../../../../scripts/record/files/rejections.ts'
import { experimentSchema, sessionSchema } from '../../../../scripts/record/schema.ts'
import { writingSchema } from '../../../../scripts/report/agent/schema.ts'
import { writeReport } from '../../../../scripts/report/write.ts'
import { writeSession } from '../../../helpers/exampleSessions.ts'
import { all, plant, turns, type Words } from './plant.ts'
import { strings } from './strings.ts'

export const ids = {
  /** Its report is made from the hostile records, and its source has hostile prose. */
  reported: '2026-11-20-h100-kqzt-reported',
  /** Digest and mapping are hostile too, and report.md is shown: as if collected from handwritten records. */
  foreign: '2026-11-21-h100-kqzt-foreign',
  /** Still running, without a report. */
  running: '2026-11-22-cpu-abcd-running',
  /** Some of its files are pipes, folders, links or too large. */
  irregular: '2026-11-19-cpu-abcd-irregular',
  /** A replication: its pages have other parts than those of a search. */
  replication: '2026-11-24-h100-kqzt-replication',
  /** Its folders of records are links to those of another session, outside of the notebook. */
  linking: '2026-11-23-cpu-abcd-linking',
}

/** Sessions of which nothing can be shown. */
export const unreadable = { piped: '2026-11-18-cpu-abcd-piped', huge: '2026-11-18-cpu-abcd-huge' }

/** One experiment more than strings, so that each field of an experiment gets each string. */
const many = strings.length + 1

/** Writes the sessions, and folders with unsafe names or links. */
export async function writeHostileNotebook(root: string): Promise<void> {
  const reported = join(root, ids.reported)
  await writeSession(root, { id: ids.reported, experiments: many, startedAt: '2026-11-20T22:03:10Z' })
  await plantFiles(reported, [
    'session.json',
    'experiments.jsonl',
    'change.patch',
    'run.log',
    'curve.csv',
    'results.tsv',
  ])
  await writeJson(files.reportCheck(reported), plant(writingSchema, undefined, all()))
  await writeReport(reported)
  await plantFiles(reported, ['report.source.md'])
  await writeForeign(root)
  await writeSession(root, { id: ids.running, experiments: 3, running: true, startedAt: '2026-11-22T22:03:10Z' })
  await plantFiles(join(root, ids.running), ['experiments.jsonl', 'change.patch', 'run.log'])
  await writeReplication(root)
  await writeOutside(root)
  await writeIrregular(root)
}

async function writeReplication(root: string): Promise<void> {
  const folder = join(root, ids.replication)
  await writeSession(root, { id: ids.replication, experiments: 4, startedAt: '2026-11-24T22:03:10Z' })
  const { session, experiments } = await readSession(folder)
  await writeJson(
    files.session(folder),
    plant(sessionSchema, { ...session, contract: { ...session.contract, data: 'rows' } }, all()),
  )
  const lines = experiments.map(e =>
    JSON.stringify(e.number === 0 ? e : { ...e, replicates: { experiments: [e.number] } }),
  )
  await writeFile(files.experiments(folder), `${lines.join('\n')}\n`)
  await plantFiles(folder, ['experiments.jsonl', 'change.patch'])
  await writeReport(folder)
}

async function writeForeign(root: string): Promise<void> {
  const folder = join(root, ids.foreign)
  await writeSession(root, { id: ids.foreign, experiments: 9, startedAt: '2026-11-21T22:03:10Z' })
  await writeJson(files.mapping(folder), plant(sourceSchema, undefined, all()))
  await writeJson(files.reportCheck(folder), plant(writingSchema, undefined, all()))
  await writeFile(files.rejected(folder), `${JSON.stringify(plant(rejectionSchema, undefined, all()))}\n`)
  await mkdir(files.program(folder))
  await writeFile(files.prose(folder, 'f'.repeat(64)), strings.join('\n\n'))
  await plantFiles(folder, Object.keys(planters))
  // Makes the page fall back to report.md.
  await appendFile(files.reportSource(folder), '\nBy :fact[gone].\n')
}

/** Folders with unsafe names, a linked session, and one with links to secrets in it. */
async function writeOutside(root: string): Promise<void> {
  const secret = join(dirname(root), 'secret')
  const elsewhere = join(secret, 'elsewhere')
  await writeSession(secret, { id: 'elsewhere', experiments: 5 })
  for (const path of [
    files.log(elsewhere, 1, 1),
    files.patch(elsewhere, 2),
    join(files.source(elsewhere), 'train.py'),
  ]) {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, 'the secret of this machine')
  }
  await symlink(elsewhere, join(root, '2026-11-23-linked'))
  const linking = join(root, ids.linking)
  await writeSession(root, { id: ids.linking, experiments: 5, startedAt: '2026-11-23T22:03:10Z' })
  for (const name of linkedFolders) {
    await rm(join(linking, name), { recursive: true, force: true })
    await symlink(join(elsewhere, name), join(linking, name))
  }
  for (const [i, text] of strings.entries()) {
    // Cut to the longest name of a file system.
    const name = text.replace(/[/\u0000]/g, '').slice(0, 80)
    const folder = join(root, i % 2 === 0 ? name : `..${name}`)
    await cp(join(root, ids.running), folder, { recursive: true })
  }
}

/** What is put in place of a file of the session, and what its page says it was made without. */
export const irregular: [path: string, command: string, said: string][] = [
  ['report.md', 'mkfifo', 'report.md, a pipe'],
  ['runs/0001/1/curve.csv', 'truncate -s 180M', 'runs/0001/1/curve.csv, a file of 188.7 MB (the limit is 33.6 MB)'],
  ['runs/0001/1/run.log', 'mkfifo', 'runs/0001/1/run.log, a pipe'],
  ['runs/0001/change.patch', 'mkdir', ''],
  ['runs/0002/1/curve.csv', 'mkfifo', 'runs/0002/1/curve.csv, a pipe'],
  ['runs/0002/1/run.log', 'truncate -s 10G', ''],
  ['runs/0002/change.patch', 'truncate -s 10G', 'runs/0002/change.patch, a file of 10737.4 MB (the limit is 8.4 MB)'],
  ['runs/0003/1/curve.csv', 'ln -s run.log', 'runs/0003/1/curve.csv, a link'],
  ['runs/0003/change.patch', 'mkfifo', 'runs/0003/change.patch, a pipe'],
  ['source/train.py', 'mkfifo', 'source/train.py, a pipe'],
  [`program/${'a'.repeat(64)}.md`, 'mkfifo', `program/${'a'.repeat(64)}.md, a pipe`],
  ['journal.jsonl', 'mkfifo', 'journal.jsonl, a pipe'],
  ['notes', 'ln -s /etc/passwd', 'notes, a link out of the session'],
  ['gone', 'ln -s /nowhere', 'gone, a broken link'],
  ['rejected.jsonl', 'ln -s /etc/passwd', 'rejected.jsonl, a link out of the session'],
]

/** Which of `ids.linking`'s folders are links. */
export const linkedFolders = ['runs/0001/1', 'runs/0002', 'source']

async function writeIrregular(root: string): Promise<void> {
  const startedAt = '2026-11-19T22:03:10Z'
  await writeSession(root, { id: ids.irregular, experiments: 5, startedAt })
  for (const [path, command] of irregular) {
    const full = join(root, ids.irregular, path)
    await mkdir(dirname(full), { recursive: true })
    await execa('sh', ['-c', `rm -rf "$0" && ${command} "$0"`, full])
  }
  for (const id of Object.values(unreadable)) await writeSession(root, { id, experiments: 1, startedAt })
  await execa('sh', ['-c', 'rm "$0" && mkfifo "$0"', files.session(join(root, unreadable.piped))])
  await execa('truncate', ['-s', '1G', files.digest(join(root, unreadable.huge))])
}

const writeJson = (path: string, value: unknown): Promise<void> => writeFile(path, JSON.stringify(value, null, 1))

const json =
  <T>(schema: z.ZodType<T>, words: Words) =>
  async (path: string): Promise<void> =>
    writeJson(path, plant(schema, await readJson(path, schema), words))

/** Appends to existing text, which still parses. */
const appended =
  (text: string) =>
  async (path: string): Promise<void> =>
    writeFile(path, `${await readFile(path, 'utf8')}\n${text}\n`)

/** Contains no reference to a missing fact, which would make the page fall back to report.md. */
const prose = `## Theirs

${strings.filter(text => !text.includes(':fact[')).join('\n\n')}

By :exp[1]{onclick="window.pwned=1" href="javascript:window.pwned=1"} and :fact[headline.gain]{.x #y}.

::figure{frontier onload="window.pwned=1"}

## <img data-pwned src=x onerror="window.pwned=1">

${strings
  .filter(text => !/::|:fact/.test(text))
  .map(text => `- ${text.replaceAll('\n', ' ')}`)
  .join('\n')}
`

/** How each file of a session is made hostile, by name. */
const planters: Record<string, (path: string) => Promise<void>> = {
  // Without a replication, of which a page shows other parts; `writeReplication` has one.
  'session.json': async path => {
    const given = await readJson(path, sessionSchema)
    const contract = { ...given.contract, data: 'rows' }
    const { replication: _, ...session } = plant(sessionSchema, { ...given, contract }, all())
    await writeJson(path, session)
  },
  'experiments.jsonl': async path => {
    const { experiments } = await readSession(dirname(path))
    const words = experiments.length > strings.length ? turns() : all()
    const lines = experiments.map(e => JSON.stringify(plant(experimentSchema, e, words)))
    await writeFile(path, `${lines.join('\n')}\n`)
  },
  'digest.json': async path =>
    writeJson(path, { ...plant(digestSchema, await readJson(path, digestSchema), all()), replicationOf: null }),
  'source.json': json(sourceSchema, all()),
  'report.check.json': json(writingSchema, all()),
  'report.md': appended(`## Theirs\n\n${strings.join('\n\n')}`),
  'report.source.md': appended(prose),
  'rejected.jsonl': appended(strings.join('\n')),
  'results.tsv': appended(strings.join('\t')),
  'run.log': appended(strings.join('\n')),
  'curve.csv': appended(strings.join('\n')),
  'change.patch': async path => appended(patch(Number(basename(dirname(path)))))(path),
  'train.py': appended(strings.join('\n')),
  [`${'f'.repeat(64)}.md`]: appended(strings.join('\n')),
}

/** Makes these files hostile. @throws {Error} for a file that is not listed here */
async function plantFiles(folder: string, names: string[]): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  const unknown = paths.filter(path => !(basename(path) in planters))
  if (unknown.length > 0)
    throw new Error(`How is ${relative(folder, unknown[0] ?? '')} made hostile? Say in ${import.meta.filename}.`)
  // The records first, since other files are made from them.
  for (const name of names)
    for (const path of paths.filter(path => basename(path) === name)) await planters[name]?.(path)
}

/** A patch of a file named by one of the strings, with all strings on added, removed and kept lines. */
function patch(experiment: number): string {
  const name = (strings[experiment % strings.length] ?? '').replace(/[\n\u0000]/g, ' ')
  const lines = strings.map((text, i) => `${' +-'[(i + experiment) % 3]}${text.replaceAll('\n', ' ')}`)
  const count = (signs: string) => lines.filter(line => signs.includes(line.charAt(0))).length
  return `diff --git a/${name}.py b/${name}.py
index 1111111..2222222 100644
--- a/${name}.py
+++ b/${name}.py
@@ -1,${count(' -')} +1,${count(' +')} @@ ${name}
${lines.join('\n')}`
}
