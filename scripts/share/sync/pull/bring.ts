/** Brings one session of a branch into the notebook: looked at, read by its schema, cleaned, and reported here. */

import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ForeignGit } from '../../../collect/git/git.ts'
import { readForeignSession, sanitizeDeep } from '../../../collect/session.ts'
import { type Collected, type ForeignSession, saveSession } from '../../../collect/write.ts'
import { Failure } from '../../../lib/errors.ts'
import { writeAtomic } from '../../../lib/files/disk.ts'
import { exists } from '../../../lib/files/read.ts'
import { freePath } from '../../../lib/files/remove.ts'
import { contains } from '../../../lib/paths.ts'
import { redact } from '../../../lib/secrets/redact.ts'
import { jsonText, sanitizeText } from '../../../lib/text.ts'
import { files, readSessionRecord } from '../../../record/files/paths.ts'
import { maxBytes } from '../../../record/limits.ts'
import { NewerRecord } from '../../../record/schema1.ts'
import type { Shared } from '../../../record/taken.ts'
import { readWriting } from '../../../report/agent/read.ts'
import { writeReportAlone } from '../../../report/write.ts'
import { isId } from '../sessionId.ts'
import { Refused } from './refused.ts'
import { listTree, type SharedFile } from './tree.ts'

export interface Bringing {
  git: ForeignGit
  /** Folder of the session records. */
  root: string
  /** Folder of ours into which the files are copied first. */
  incoming: string
  /** Without credentials. */
  address: string
  shared: Shared
  /** The names of the branches that the remote has. */
  branches: ReadonlySet<string>
  dryRun: boolean
}

/** @param id as the branch names it @returns what saving it did @throws {Refused} */
export async function bringSession(id: string, tree: string, bringing: Bringing): Promise<Collected> {
  const { git, root, incoming, dryRun } = bringing
  await checkId(id, bringing)
  const listed = await listTree(git, tree)
  const folder = join(incoming, id)
  await freePath(incoming)
  try {
    await copyFiles(git, listed, folder)
    const session = await readCopy(id, folder, bringing)
    const isNew = !(await exists(join(root, id)))
    // What is here is replaced only by what a report can be made of.
    if (!isNew && !dryRun) await save(session, triedIn(incoming), false)
    return await save(session, root, dryRun)
  } finally {
    await freePath(incoming)
    await freePath(triedIn(incoming))
  }
}

const triedIn = (incoming: string): string => `${incoming}-tried`

/** @throws {Refused} for a name that is no id, or that another session has here */
async function checkId(id: string, { root, shared, branches }: Bringing): Promise<void> {
  if (!isId(id) || !contains(root, join(root, id)) || redact(id) !== id)
    throw new Refused(`${JSON.stringify(sanitizeText(id, 120))} is not a valid session id`)
  const folder = join(root, id)
  if (!(await exists(folder))) return
  const known = (await exists(files.session(folder))) ? await readSessionRecord(folder) : null
  const { source } = known ?? {}
  // Not final: it holds only while that one is here.
  if (source === undefined) throw new Refused('this notebook has a session of its own with this id', false)
  if (source.shared === undefined)
    throw new Refused(`this notebook has a session with this id, collected from ${sanitizeText(source.from)}`, false)
  const { branch } = source.shared
  if (branch !== shared.branch && branches.has(branch))
    throw new Refused(
      `it was brought from ${sanitizeText(branch, 140)}, which the remote still has; delete it here to take this one`,
      false,
    )
}

/** Not synced to disk: they are read once, and removed. */
async function copyFiles(git: ForeignGit, listed: SharedFile[], folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const { path, blob } of listed) {
    const found = await git.objects.read(blob, maxBytes.journal)
    if (found === null || found === 'large' || found.type !== 'blob')
      throw new Refused(`git cannot read ${sanitizeText(path, 120)}`)
    const to = join(folder, path)
    await mkdir(dirname(to), { recursive: true })
    await writeFile(to, found.bytes, { flag: 'wx' })
  }
}

/** @throws {Refused} when its records are not in our format */
async function readCopy(id: string, folder: string, { address, shared }: Bringing): Promise<ForeignSession> {
  const from = `${shared.branch} of ${address}`
  const read = async (): Promise<ForeignSession> => {
    const record = await readSessionRecord(folder)
    if (record.id !== id) throw new Refused(`its session.json has another id, ${sanitizeText(record.id, 120)}`)
    if (record.source !== undefined)
      throw new Refused('it was not run there: only the notebook in which a session ran shares it')
    const foreign = await readForeignSession({ folder, from }, null)
    const prose = await copiesOfProse(folder)
    const source = { kind: 'shared' as const, from, shared }
    return { ...foreign, session: { ...foreign.session, source }, copies: [...foreign.copies, ...prose] }
  }
  return read().catch((error: unknown) => {
    if (error instanceof NewerRecord) throw new Refused(withoutStop(error.message))
    // The folder is ours, and removed again: it would lead nowhere.
    if (error instanceof Failure) throw new Refused(withoutStop(error.message.replaceAll(`${folder}/`, '')))
    throw error
  })
}

const withoutStop = (text: string): string => sanitizeText(text, 400).replace(/\.$/, '')

/** An agent's prose of the report. It is checked against the facts again when the report is written here. */
async function copiesOfProse(folder: string): Promise<ForeignSession['copies']> {
  const writing = await readWriting(folder)
  if (!writing?.wrote || !(await exists(files.reportSource(folder)))) return []
  await writeAtomic(files.reportCheck(folder), jsonText(sanitizeDeep(writing)))
  return [files.reportSource(folder), files.reportCheck(folder)].map(from => ({
    from,
    to: from.slice(folder.length + 1),
    limit: maxBytes.report,
  }))
}

/** @throws {Refused} when it would replace another session's rows, or no report can be made of its records */
async function save(session: ForeignSession, root: string, dryRun: boolean): Promise<Collected> {
  const folder = join(root, session.session.id)
  const isNew = !(await exists(folder))
  try {
    return await saveSession(root, session, dryRun, writeReportAlone)
  } catch (error) {
    if (isOfSystem(error)) throw error
    // Records that no report can be made of would stop every command that reads all sessions.
    if (isNew) await freePath(folder)
    throw new Refused(withoutStop(error instanceof Error ? error.message : String(error)))
  }
}

/** Whether the disk or its rights are the reason, and not the session. */
function isOfSystem(error: unknown): boolean {
  const { cause } = error instanceof Error ? error : {}
  return [error, cause].some(each => each instanceof Error && 'code' in each && /^E[A-Z]+$/.test(String(each.code)))
}
