/** Versions of program.md in a foreign repository. */
import { posix } from 'node:path'
import { Failure } from '../lib/errors.ts'
import { redact } from '../lib/secrets/redact.ts'
import { hash, proseIn } from '../program/read.ts'
import { readFile } from './git/commits.ts'
import type { ForeignGit } from './git/git.ts'
import type { History } from './git/history.ts'
import type { ForeignSession } from './write.ts'

export interface Prose {
  /** Texts by hash. */
  texts: Map<string, string>
  /** Hash of the version at each row's commit; a row without a commit has that of the row before it. */
  rows: (string | null)[]
}

/** @param edited paths of the edited files: program.md is beside the first of them, or at the root */
export async function readProse(git: ForeignGit, { base, rows }: History, edited: string[]): Promise<Prose> {
  const prose: Prose = { texts: new Map(), rows: [] }
  const places = [...new Set([posix.join(posix.dirname(edited[0] ?? '.'), 'program.md'), 'program.md'])]
  let last = base === null ? null : await versionAt(git, base, places)
  for (const commit of rows) {
    last = (commit && (await versionAt(git, commit.sha, places))) ?? last
    prose.rows.push(last?.hash ?? null)
    if (last) prose.texts.set(last.hash, last.text)
  }
  return prose
}

async function versionAt(
  git: ForeignGit,
  commit: string,
  places: string[],
): Promise<{ hash: string; text: string } | null> {
  for (const path of places) {
    const text = await readFile(git, commit, path)
    if (text === null) continue
    const { prose, proseHash } = proseOf(text, path)
    return { hash: proseHash, text: `${redact(prose)}\n` }
  }
  return null
}

/** Invalid frontmatter is kept as prose, since nothing is run from it. */
function proseOf(text: string, path: string): ReturnType<typeof proseIn> {
  try {
    return proseIn(text, path)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { prose: text.trim(), proseHash: hash(text.trim()) }
  }
}

/** The session with the version of the prose that each experiment used. */
export function withProse(session: ForeignSession, { texts, rows }: Prose): ForeignSession {
  const experiments = session.experiments.map((e, at) => ({ ...e, proseHash: rows[at] ?? null }))
  return { ...session, session: { ...session.session, proseHash: rows[0] ?? null }, experiments, prose: texts }
}
