/**
 * Commits trees as the user would: with their identity, signing key, hooks and commit template. In a worktree of our own, so
 * that checkout, index and HEAD of the user's stay as they are.
 */
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { execa } from 'execa'
import { Failure } from '../../lib/errors.ts'
import type { Git } from '../../lib/git/git.ts'
import { killOrphans, runMarkVariable } from '../../lib/process/orphans.ts'
import { redact } from '../../lib/secrets/redact.ts'
import type { Terminal } from '../../lib/terminal/terminal.ts'
import { sanitizeLines, sanitizeText } from '../../lib/text.ts'
import { redirecting } from '../../share/remote/userGit.ts'

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
  /** Root of the user's checkout. */
  root: string
  env: NodeJS.ProcessEnv
  terminal: Pick<Terminal, 'step'>
  /** Aborted by Ctrl-C. */
  stopped: AbortSignal
}

/**
 * Makes the commits one on another.
 * @returns their hashes
 * @throws {Failure} when git or a hook refuses one, with what it said, or by Ctrl-C; no ref was changed then
 */
export async function commitAll(place: Place, planned: Planned[]): Promise<string[]> {
  const { path, worktree } = place
  const git = userGit(place)
  await noteMissingHooks(git, place)
  const template = await readTemplate(git, path)
  const commits: string[] = []
  for (const [i, { tree, message }] of planned.entries()) {
    await worktree.raw('read-tree', '--reset', '-u', tree)
    const file = join(place.folder, 'message')
    await writeFile(file, `${[message, template].filter(text => text !== '').join('\n\n')}\n`)
    // With another clean-up, lines that begin with a comment character would be lost.
    const said = await git(['commit', '--quiet', '--cleanup=whitespace', '-F', file])
    if (place.stopped.aborted) throw new Failure('Stopped before the branch was made.', 'Nothing was changed.')
    if (!said.ok) throw refused(said.output, message, i + 1, planned.length)
    commits.push(await worktree.raw('rev-parse', 'HEAD'))
  }
  return commits
}

type UserGit = (args: string[]) => Promise<{ ok: boolean; output: string }>

/** Git with all settings of the user. It may ask on the terminal, e.g. for the passphrase of a signing key. */
function userGit({ path, env, terminal, stopped }: Place): UserGit {
  const mark = `adopt-${process.pid}`
  const kept = Object.fromEntries(Object.entries(env).filter(([name]) => !redirecting.has(name)))
  // The message is complete: an editor would wait for somebody.
  const fixed = { GIT_EDITOR: 'true', GIT_OPTIONAL_LOCKS: '0', [runMarkVariable]: mark }
  return async args => {
    const flags = ['-c', 'gc.auto=0', '-c', 'core.autocrlf=false']
    const child = execa('git', [...flags, ...args], {
      cwd: path,
      env: { ...kept, ...fixed },
      extendEnv: false,
      stdin: 'inherit',
      all: true,
      reject: false,
    })
    // A hook may ignore the signal that git and it were sent.
    const end = () => void killOrphans(mark, { ancestor: child.pid }).then(() => child.kill())
    if (stopped.aborted) end()
    stopped.addEventListener('abort', end)
    const slow = setTimeout(() => terminal.step('commit', SLOW), SLOW_MS)
    const result = await child
    clearTimeout(slow)
    stopped.removeEventListener('abort', end)
    return { ok: !result.failed, output: String(result.all ?? '') || (result.shortMessage ?? '') }
  }
}

const SLOW_MS = 10_000
const SLOW = 'git still works on it: a hook or the signing key may take long or wait for you; Ctrl-C ends it'

/** Says where the user's hooks do not run: a relative `core.hooksPath` is a folder of the worktree, which has tracked files only. */
async function noteMissingHooks(git: UserGit, { path, root, terminal }: Place): Promise<void> {
  const named = await git(['config', '--path', 'core.hooksPath'])
  const at = named.output.trim()
  if (!named.ok || at === '' || existsSync(resolve(path, at)) || !existsSync(resolve(root, at))) return
  terminal.step('note', `your hooks do not run: ${sanitizeText(at)} (core.hooksPath) is not tracked at these commits`)
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
