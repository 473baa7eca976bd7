/** Puts a run into the session's sandbox. */
import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Exit } from '../../engines/local/exit.ts'
import { command as commandText } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import { freePath } from '../../lib/files/remove.ts'
import { createRelay } from '../../lib/sandbox/createRelay.ts'
import { furnishHome } from '../../lib/sandbox/home.ts'
import type { Relay } from '../../lib/sandbox/relay.ts'
import { sandboxedCommand, sandboxVariables } from '../../lib/sandbox/sandbox.ts'
import { serial } from '../../lib/serial.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { Slot } from '../session/context.ts'
import { isOwnTrainer } from '../session/ownTrainer.ts'
import type { RunPaths } from '../train/runVariables.ts'
import { cacheVariables, makeCaches } from './caches.ts'
import type { SandboxContext } from './context.ts'
import type { RunSandbox } from './find.ts'
import { type FoldersOfRun, policyOf } from './policy.ts'
import { recordSandbox } from './record.ts'

/** What a runner starts. */
export interface Execution {
  argv: string[]
  env: Record<string, string>
  /** What it reaches of this machine's loopback from a network of its own; null: it needs no relay. */
  relay: Relay | null
}

/** Git directories of the repositories, by the session's sandbox. */
const ready = new WeakMap<RunSandbox, Promise<string>>()

/** Makes caches: two slots may begin with their first candidate. */
const oneAtATime = serial()

/**
 * Before a run: records what the session's runs execute in. Done by the first call.
 * @returns the repository's git directory, which the worktrees' `.git` files point to
 */
export async function readySandbox(context: SandboxContext): Promise<string> {
  const { sandbox } = context
  const done = ready.get(sandbox) ?? makeReady(context)
  ready.set(sandbox, done)
  return await done
}

async function makeReady(context: SandboxContext): Promise<string> {
  await recordSandbox(context)
  return context.repository.git.raw('rev-parse', '--path-format=absolute', '--git-common-dir')
}

/** The command in the sandbox, with folders of its own, which it makes; as it is where there is none. */
export async function inSandbox(
  context: SandboxContext,
  slot: Slot,
  paths: FoldersOfRun,
  { argv, env }: Pick<Execution, 'argv' | 'env'>,
  makeRelay: () => Relay | null = createRelay,
): Promise<Execution> {
  const { sandbox, repository, contract, work } = context
  if (sandbox.found === null) return { argv, env, relay: null }
  for (const folder of [paths.home, paths.temporary]) await mkdir(folder, { recursive: true })
  await furnishHome(paths.home, homedir())
  const gitDir = await readySandbox(context)
  const isOwn = isOwnTrainer(repository, contract)
  await oneAtATime(() => makeCaches(work, paths.caches, env, isOwn))
  const relay = sandbox.record.network === 'local' && sandbox.found.holds.network ? makeRelay() : null
  const policy = { ...policyOf(context, slot, paths, gitDir, env), relay }
  return {
    relay,
    argv: sandboxedCommand(sandbox.found, policy, argv),
    env: {
      ...env,
      ...cacheVariables(paths.caches, env, isOwn),
      ...sandboxVariables(sandbox.found, policy),
    },
  }
}

/**
 * After a run that failed: whether the sandbox can still be made, by a command that does nothing. Where it cannot, the machine is
 * at fault and not the candidate.
 * @throws {Failure} when it cannot; what the run left is removed, so that a resumption makes it again
 */
export async function checkSandbox(
  context: SandboxContext,
  slot: Slot,
  paths: RunPaths,
  exit: Pick<Exit, 'code' | 'ended'>,
  execution: Execution,
): Promise<void> {
  const { sandbox, state } = context
  if (sandbox.found === null || exit.ended !== null || exit.code === 0) return
  // The run may have removed what is mounted.
  const again = { ...paths, home: join(paths.work, 'again/home'), temporary: join(paths.work, 'again/tmp') }
  for (const folder of [slot.path, paths.run, paths.given, paths.output]) await mkdir(folder, { recursive: true })
  const { argv, env } = await inSandbox(context, slot, again, { ...execution, argv: ['true'] }, () => null)
  const [file = '', ...args] = argv
  const why = await promisify(execFile)(file, args, { env, timeout: MILLISECONDS, killSignal: 'SIGKILL' }).then(
    () => null,
    (error: { stderr?: string; message: string }) => sanitizeText(error.stderr || error.message, 300),
  )
  if (why === null) return
  await freePath(paths.work)
  throw new Failure(
    `The sandbox of this session's runs (${sandbox.found.mechanism}) can no longer be made: ${why}.`,
    `Nothing is lost: \`${commandText(`session resume ${state.session.id}`)}\` goes on, in what this machine gives then. docs/sandbox.md says what each needs.`,
  )
}

const MILLISECONDS = 20_000
