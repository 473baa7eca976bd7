/** A repository that belongs to another user, as git sees it. */
import { delimiter, join } from 'node:path'
import { execa } from 'execa'
import { scratch, write } from './throwaway.ts'

/**
 * Gives a repository to another user. Only the superuser can; for others it returns a PATH with a git that is told by a
 * variable of its own tests to take the repository for another user's.
 * @param only for others than the superuser: the git command for which that holds; all by default
 * @returns variables for the processes that shall see it so
 */
export async function giveAway(root: string, only = ''): Promise<Record<string, string>> {
  if (process.getuid?.() === 0) {
    await execa('chown', ['-R', '4321:4321', root])
    return {}
  }
  const folder = await scratch()
  const { stdout: git } = await execa('sh', ['-c', 'command -v git'])
  const script = `#!/bin/sh\ncase " $* " in *"${only}"*) export GIT_TEST_ASSUME_DIFFERENT_OWNER=1 ;; esac\nexec ${git} "$@"\n`
  await write(folder, { 'git.sh': script })
  await execa('ln', ['-s', 'git.sh', join(folder, 'git')])
  return { PATH: [folder, process.env.PATH].join(delimiter) }
}
