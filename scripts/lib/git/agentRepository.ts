/**
 * The repository that an agent sees in its worktree: one of its own, which reads the objects of the user's. What the agent
 * commits, tags, stashes or registers as a worktree goes into it and is gone with it; none of it reaches the user's
 * repository, so nothing has to be told apart there afterwards and no ref of the user's can be deleted by mistake.
 * The harness does not use it: it reads the worktree through a git directory that it keeps elsewhere.
 */
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ifThere, readText } from '../files/read.ts'
import { freePath } from '../files/remove.ts'
import { type Git, gitIn, identity } from './git.ts'

/** The file in it that names the harness's git directory, as the `.git` file of any other worktree does. */
export const agentMark = '.git/nightshift'

/** What `git init` writes into `config` for a worktree's file system and hash function, by the worktree's git directory. */
const initialConfig = new Map<string, string>()

/**
 * Puts a new repository at the worktree's `.git`, at the worktree's HEAD and with its index. This is done each turn, so git
 * is asked once, at the first.
 * @param gitDir the harness's git directory of the worktree, `<common>/worktrees/<name>`
 * @param refs what the agent sees of branches, tags and the session's refs, from `listRefs`
 */
export async function putAgentRepository(path: string, gitDir: string, refs: string): Promise<void> {
  const own = join(path, '.git')
  const common = dirname(dirname(gitDir))
  await freePath(own)
  const head = await readText(join(gitDir, 'HEAD'))
  const config = initialConfig.get(gitDir) ?? (await initialize(path, head.trim()))
  initialConfig.set(gitDir, config)
  const folders = ['objects/info', 'refs/heads', 'refs/tags']
  await Promise.all(folders.map(name => mkdir(join(own, name), { recursive: true })))
  await Promise.all([
    writeFile(join(own, 'objects/info/alternates'), `${join(common, 'objects')}\n`),
    ifThere(copyFile(join(common, 'shallow'), join(own, 'shallow'))),
    writeFile(join(own, 'packed-refs'), refs),
    writeFile(join(own, 'HEAD'), head),
    copyFile(join(gitDir, 'index'), join(own, 'index')),
    writeFile(join(own, 'config'), config + settings),
    writeFile(join(path, agentMark), `gitdir: ${gitDir}\n`),
  ])
}

/** Makes an empty repository. @returns its config */
async function initialize(path: string, commit: string): Promise<string> {
  const format = commit.length === 64 ? 'sha256' : 'sha1'
  // Without a template: it could hold hooks.
  await gitIn(path).raw('init', '--quiet', '--template=', `--object-format=${format}`, '.')
  return readText(join(path, '.git/config'))
}

// An identity, so that a commit of the agent does not fail; files as the harness checked them out.
const settings = `[user]
	name = ${identity.NAME}
	email = ${identity.EMAIL}
[core]
	autocrlf = false
[commit]
	gpgSign = false
[gc]
	auto = 0
`

/** Lines of packed-refs, sorted by name, with the present commits; without the user's stash. */
export async function listRefs(git: Git): Promise<string> {
  const names = ['refs/heads', 'refs/tags', 'refs/remotes', 'refs/autoresearch']
  const listed = await git.raw('for-each-ref', '--format=%(objectname) %(refname)', ...names)
  return listed === '' ? '' : `${listed}\n`
}
