/** Real throwaway repositories with tiny real programs in them, and the real commands run on them. */
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { afterAll, onTestFinished } from 'vitest'
import { notebook } from '../../scripts/lib/paths.ts'

/** Where a test says what is to be done after it; `test.concurrent` has its own in its context, Vitest's global one is wrong there. */
export type Finished = typeof onTestFinished

/** For what the tests of a file share, made in `beforeAll`: it is gone after the last of them. */
export function untilLast(): Finished {
  const left: (() => unknown)[] = []
  afterAll(async () => {
    for (const done of left) await done()
  })
  return done => void left.push(done as () => unknown)
}

/** A folder that is gone after the test. */
export async function scratch(finished: Finished = onTestFinished): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'nightshift-'))
  finished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A repository with one commit that holds these files; names ending in .sh are programs. */
export async function repository(contents: Record<string, string>, finished?: Finished): Promise<string> {
  const root = join(await scratch(finished), 'repo')
  await mkdir(root)
  await write(root, contents)
  await git(root, 'init', '-q', '-b', 'main')
  await git(root, 'add', '-A')
  await git(root, '-c', 'user.name=A Person', '-c', 'user.email=person@example.org', 'commit', '-qm', 'the target')
  return root
}

export async function write(root: string, contents: Record<string, string>): Promise<void> {
  for (const [name, content] of Object.entries(contents)) {
    await mkdir(dirname(join(root, name)), { recursive: true })
    await writeFile(join(root, name), content)
    if (name.endsWith('.sh')) await chmod(join(root, name), 0o755)
  }
}

/** A PATH with what the harness and the tiny target need, and no agent's client, wherever those are installed. */
export async function withoutClients(): Promise<string> {
  const folder = await scratch()
  await symlink(process.execPath, join(folder, 'node'))
  for (const name of ['cat', 'chmod', 'cp', 'git', 'mkdir', 'ps', 'rm', 'sed', 'sh']) {
    const { stdout } = await execa('sh', ['-c', `command -v ${name}`])
    await symlink(stdout, join(folder, name))
  }
  return folder
}

/** Git with nobody's configuration, in a folder; its output without the last newline. */
export async function git(folder: string, ...args: string[]): Promise<string> {
  return (await execa('git', args, { cwd: folder })).stdout
}

/**
 * A command of ours, e.g. `nightshift(root, 'session', ['--json'])`, with sessions and worktrees beside the repository.
 * @param detached in a process group of its own, so that a test can ask whether anything of it still runs
 */
export function nightshift(
  root: string,
  command: string,
  args: string[] = [],
  env: Record<string, string> = {},
  detached = false,
) {
  return execa(process.execPath, [join(notebook, 'scripts', `${command}.ts`), ...args], {
    cwd: root,
    detached,
    reject: false,
    env: {
      NIGHTSHIFT_SESSIONS: sessionsOf(root),
      NIGHTSHIFT_WORK: join(root, '../work'),
      NO_COLOR: '1',
      // Hundreds of these are started: they compile once.
      NODE_COMPILE_CACHE: join(notebook, 'node_modules/.cache/nightshift/compiled'),
      // An agent that is down rests this long, 20 times as long at most.
      NIGHTSHIFT_PAUSE_MS: '20',
      ...env,
    },
  })
}

export const sessionsOf = (root: string): string => join(root, '../sessions')
