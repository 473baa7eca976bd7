/**
 * The repository that an agent sees in its worktree: one of its own, which reads the objects of the user's. What the agent
 * commits, tags, stashes or registers as a worktree goes into it and is gone with it; none of it reaches the user's
 * repository, so nothing has to be told apart there afterwards and no ref of the user's can be deleted by mistake.
 * The harness does not use it: it reads the worktree through a git directory that it keeps elsewhere.
 */
import { appendFile, copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ifThere } from '../files/read.ts'
import { freePath } from '../files/remove.ts'
import { type Git, gitIn, identity } from './git.ts'

/** The file in it that names the harness's git directory, as the `.git` file of any other worktree does. */
export const agentMark = '.git/nightshift'

/**
 * Puts a new repository at the worktree's `.git`, at the worktree's HEAD and with its index. It knows branches, tags and
 * the session's refs by their present commits.
 * @param worktree git with the harness's own git directory
 * @param gitDir that directory
 */
export async function putAgentRepository(worktree: Git, path: string, gitDir: string): Promise<void> {
  const own = join(path, '.git')
  await freePath(own)
  const { commit, format, common } = await describeWorktree(worktree)
  // Without a template: it could hold hooks.
  const init = gitIn(path).raw('init', '--quiet', '--template=', `--object-format=${format}`, '.')
  const [refs] = await Promise.all([listRefs(worktree), init])
  await mkdir(join(own, 'objects/info'), { recursive: true })
  await writeFile(join(own, 'objects/info/alternates'), `${join(common, 'objects')}\n`)
  await ifThere(copyFile(join(common, 'shallow'), join(own, 'shallow')))
  await writeFile(join(own, 'packed-refs'), refs)
  await writeFile(join(own, 'HEAD'), `${commit}\n`)
  await copyFile(join(gitDir, 'index'), join(own, 'index'))
  await appendFile(join(own, 'config'), settings)
  await writeFile(join(path, agentMark), `gitdir: ${gitDir}\n`)
}

/** The commit at HEAD, the name of the hash function, and the common git directory, from one call: it is made each turn. */
async function describeWorktree(worktree: Git): Promise<{ commit: string; format: string; common: string }> {
  const asked = ['HEAD', '--show-object-format', '--path-format=absolute', '--git-common-dir']
  // The path is the last, because it may contain a line break.
  const [commit = '', format = '', ...common] = (await worktree.raw('rev-parse', ...asked)).split('\n')
  return { commit, format, common: common.join('\n') }
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

/** Lines of packed-refs, sorted by name; without the user's stash. */
async function listRefs(git: Git): Promise<string> {
  const names = ['refs/heads', 'refs/tags', 'refs/remotes', 'refs/autoresearch']
  const listed = await git.raw('for-each-ref', '--format=%(objectname) %(refname)', ...names)
  return listed === '' ? '' : `${listed}\n`
}
