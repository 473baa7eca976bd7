/**
 * Commits trees as the user would: with their identity, signing key, hooks and commit template. In a worktree of our own, so
 * that checkout, index and HEAD of the user's stay as they are.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { execa } from 'execa'
import { Failure } from '../../lib/errors.ts'
import type { Git } from '../../lib/git/git.ts'
import { redact } from '../../lib/secrets/redact.ts'
import { sanitizeLines } from '../../lib/text.ts'
import { redirecting } from '../pullRequest/remote/userGit.ts'

/** A commit to make. */
export interface Planned {
  tree: string
  message: string
}

interface Place {
  /** The worktree, whose HEAD is the commit to begin at. */
  path: string
  worktree: Git
  /** Where messages are written. */
  folder: string
  env: NodeJS.ProcessEnv
}

/**
 * Makes the commits one on another.
 * @returns their hashes
 * @throws {Failure} when git or a hook refuses one, with what it said; no ref was changed then
 */
export async function commitAll(place: Place, planned: Planned[]): Promise<string[]> {
  const { path, worktree, env } = place
  const git = userGit(path, env)
  const template = await readTemplate(git, path)
  const commits: string[] = []
  for (const [i, { tree, message }] of planned.entries()) {
    await worktree.raw('read-tree', '--reset', '-u', tree)
    const file = join(place.folder, 'message')
    await writeFile(file, `${[message, template].filter(text => text !== '').join('\n\n')}\n`)
    const said = await git(['commit', '--quiet', '-F', file])
    if (!said.ok) throw refused(said.output, message, i + 1, planned.length)
    commits.push(await worktree.raw('rev-parse', 'HEAD'))
  }
  return commits
}

type UserGit = (args: string[]) => Promise<{ ok: boolean; output: string }>

/** Git with all settings of the user. It may ask on the terminal, e.g. for the passphrase of a signing key. */
function userGit(cwd: string, env: NodeJS.ProcessEnv): UserGit {
  const kept = Object.fromEntries(Object.entries(env).filter(([name]) => !redirecting.has(name)))
  // The message is complete: an editor would wait for somebody.
  const fixed = { GIT_EDITOR: 'true', GIT_OPTIONAL_LOCKS: '0' }
  return async args => {
    const flags = ['-c', 'gc.auto=0', '-c', 'core.autocrlf=false']
    const result = await execa('git', [...flags, ...args], {
      cwd,
      env: { ...kept, ...fixed },
      extendEnv: false,
      stdin: 'inherit',
      all: true,
      reject: false,
    })
    return { ok: !result.failed, output: String(result.all ?? '') || (result.shortMessage ?? '') }
  }
}

/** Lines of the user's commit template (`commit.template`) that git would keep; "" without one. */
async function readTemplate(git: UserGit, path: string): Promise<string> {
  const named = await git(['config', '--path', 'commit.template'])
  const at = named.output.trim()
  if (!named.ok || at === '') return ''
  // A relative path is from the root of the worktree, which has the tracked files only.
  const text = await readFile(resolve(path, at.replace(/^~(?=\/)/, homedir())), 'utf8').catch(() => '')
  const comment = (await git(['config', 'core.commentChar'])).output.trim()
  const mark = comment.length === 1 ? comment : '#'
  const lines = text.split('\n').filter(line => !line.startsWith(mark))
  return lines.join('\n').trim()
}

const MAX_LINES = 30

function refused(output: string, message: string, which: number, of: number): Failure {
  const lines = sanitizeLines(redact(output)).trim().split('\n')
  const more = lines.length > MAX_LINES ? [`  … ${lines.length - MAX_LINES} lines before`] : []
  const shown = [...more, ...lines.slice(-MAX_LINES).map(line => `  ${line}`)].join('\n')
  const subject = message.split('\n')[0]
  return new Failure(
    `git did not make commit ${which} of ${of}, "${subject}". Nothing was changed. It, or a hook of the repository, said:\n${shown}`,
    'Mend what it names and run the command again.',
  )
}
