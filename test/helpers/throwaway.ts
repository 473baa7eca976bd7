/** Temporary git repositories with tiny programs, and Nightshift's commands run on them. */
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { afterAll, inject, onTestFinished } from 'vitest'
import { notebook } from '../../scripts/lib/paths.ts'

/** Registers cleanup after a test. `test.concurrent` must pass the one of its context: Vitest's global one is wrong there. */
export type Finished = typeof onTestFinished

/** Registers cleanup after the last test of a file, for what `beforeAll` creates. */
export function untilLast(): Finished {
  const cleanups: (() => unknown)[] = []
  afterAll(async () => {
    for (const cleanup of cleanups) await cleanup()
  })
  return cleanup => void cleanups.push(cleanup as () => unknown)
}

/** A temporary folder, removed after the test. */
export async function scratch(finished: Finished = onTestFinished): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'nightshift-'))
  finished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** An empty folder for `nightshift` on sessions alone: its sessions and worktrees go beside it, so it lies in one of its own. */
export async function emptyRoot(): Promise<string> {
  const root = join(await scratch(), 'empty')
  await mkdir(root)
  return root
}

/** A repository with one commit of these files; names ending in .sh are executable. */
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

/** A PATH with the programs that the harness and the tiny target need, without the clients of agents. */
export async function withoutClients(): Promise<string> {
  const folder = await scratch()
  await symlink(process.execPath, join(folder, 'node'))
  for (const name of ['cat', 'chmod', 'cp', 'git', 'mkdir', 'ps', 'rm', 'sed', 'sh']) {
    const { stdout } = await execa('sh', ['-c', `command -v ${name}`])
    await symlink(stdout, join(folder, name))
  }
  return folder
}

/** Runs git in a folder. @returns standard output without the final newline */
export async function git(folder: string, ...args: string[]): Promise<string> {
  return (await execa('git', args, { cwd: folder })).stdout
}

/**
 * Runs a command, e.g. `nightshift(root, 'session', ['--json'])`, with sessions and worktrees beside the repository.
 * @param detached in a new process group, so that a test can check whether any of its processes still runs
 */
export function nightshift(
  root: string,
  command: string,
  args: string[] = [],
  env: Record<string, string> = {},
  detached = false,
) {
  // Without V8's helper threads: on cores that other tests keep busy they save a command no time.
  return execa(process.execPath, ['--v8-pool-size=0', startOf(command), ...args], {
    cwd: root,
    detached,
    reject: false,
    // SIGTERM asks a session to end in order, which takes its time.
    forceKillAfterDelay: false,
    env: {
      NIGHTSHIFT_SESSIONS: sessionsOf(root),
      NIGHTSHIFT_WORK: join(root, '../work'),
      NO_COLOR: '1',
      // Shared compile cache, because the tests start hundreds of these processes.
      NODE_COMPILE_CACHE: join(inject('bundledCommands'), 'compiled'),
      // First backoff of an agent; the longest is 20 times as long.
      NIGHTSHIFT_PAUSE_MS: '20',
      ...env,
    },
  })
}

/** The file of a command; test/helpers/bundledCommands.ts says why it is mostly a bundle. */
function startOf(command: string): string {
  const bundle = join(inject('bundledCommands'), `${command}.mjs`)
  return existsSync(bundle) ? bundle : join(notebook, 'scripts', `${command}.ts`)
}

export const sessionsOf = (root: string): string => join(root, '../sessions')
