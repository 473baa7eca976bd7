/** The sandbox of an agent whose spec demands one. */

import { existsSync } from 'node:fs'
import { mkdir, mkdtemp } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { delimiter, isAbsolute, join } from 'node:path'
import { readRegularFile } from '../../lib/files/read.ts'
import { removeTree } from '../../lib/files/remove.ts'
import { contains, workRoot } from '../../lib/paths.ts'
import { furnishHome } from '../../lib/sandbox/home.ts'
import { type Policy, temporaryFolders } from '../../lib/sandbox/policy.ts'
import { privatePaths } from '../../lib/sandbox/privatePaths.ts'
import {
  findSandbox,
  type Sandbox,
  sandboxedCommand,
  sandboxVariables,
  type Unavailable,
} from '../../lib/sandbox/sandbox.ts'
import { AgentDown } from '../agent.ts'

let found: ReturnType<typeof findSandbox> | undefined

/** The best sandbox of this machine, looked for once. */
export const agentSandbox = (): ReturnType<typeof findSandbox> => (found ??= findSandbox())

export const noSandbox = ({ why, advice }: Unavailable): { found: string; advice: string } => ({
  found: `agent: sandbox: true: this machine can give no sandbox${why.map(({ mechanism, reason }) => `; ${mechanism}: ${reason}`).join('')}.`,
  advice: `${advice} Or take \`sandbox: true\` out of program.md: the command then has all your rights.`,
})

export const sandboxNote = ({ mechanism, holds }: Sandbox): string =>
  `The command runs in a sandbox (${mechanism}): it writes to its worktree and a temporary folder only, does not see the folders of your keys, and has the network.${holds.signals ? '' : ' It can end and trace your other processes.'}`

/**
 * Runs a turn in the sandbox: of all files only the worktree, and a HOME and a folder of temporary files of the turn, can be
 * written. Other worktrees, and what is private in the user's home folder, cannot be read.
 * @throws {AgentDown} when no sandbox can be made: the command is not started without
 */
export async function inAgentSandbox<T>(
  worktree: string,
  { argv, env }: { argv: string[]; env: Record<string, string> },
  work: (argv: string[], env: Record<string, string>) => Promise<T>,
): Promise<T> {
  const answer = await agentSandbox()
  if (answer.sandbox === null) {
    const { found, advice } = noSandbox(answer)
    throw new AgentDown('crash', null, found, advice)
  }
  const { sandbox } = answer
  const own = await mkdtemp(join(tmpdir(), 'nightshift-agent-'))
  try {
    const [home, tmp] = [join(own, 'home'), join(own, 'tmp')]
    for (const folder of [home, tmp]) await mkdir(folder)
    await furnishHome(home, homedir())
    const policy = await policyOf(worktree, home, tmp, env)
    // They name folders of the real home.
    const kept = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('XDG_')))
    return await work(sandboxedCommand(sandbox, policy, argv), { ...kept, ...sandboxVariables(sandbox, policy) })
  } finally {
    await removeTree(own)
  }
}

async function policyOf(worktree: string, home: string, tmp: string, env: Record<string, string>): Promise<Policy> {
  const hidden = [workRoot, ...privatePaths(homedir())]
  // The objects of the user's repository, which the agent's own reads.
  const objects = ((await readRegularFile(join(worktree, '.git/objects/info/alternates'), 2 ** 16)) ?? '').split('\n')
  const readable = [...objects.filter(path => path !== ''), ...inTemporaryFolders(env)]
  return {
    writable: [worktree, home],
    hidden,
    readable: readable.filter(path => !hidden.some(folder => contains(folder, path))),
    home,
    tmp,
    network: 'all',
    relay: null,
  }
}

/** Folders of PATH that lie among temporary files, which are hidden. */
function inTemporaryFolders({ PATH = '' }: Record<string, string>): string[] {
  const temporary = temporaryFolders()
  const isBelow = (path: string) => temporary.some(folder => contains(folder, path) && !contains(path, folder))
  return PATH.split(delimiter).filter(path => isAbsolute(path) && isBelow(path) && existsSync(path))
}
