/** Opening a night: the contract against the repository, the session's folder, branch and worktrees, and closing it. */
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { dirname, join, posix, relative } from 'node:path'
import { writeWhole } from '../lib/disk.ts'
import { Failure } from '../lib/errors.ts'
import { absent, addWorktree, openRepository, type Repository } from '../lib/git.ts'
import { contains, notebook, sessionsRoot, slashes, workRoot } from '../lib/paths.ts'
import type { Terminal } from '../lib/terminal.ts'
import { dateTag, dateText } from '../lib/time.ts'
import type { Contract } from '../program/contract.ts'
import { canonical, hash, type Overrides, type Program, readProgram } from '../program/read.ts'
import { files } from '../record/files.ts'
import { type JournalEvent, readJournal } from '../record/journal.ts'
import { readMachine } from '../record/machine.ts'
import type { Session } from '../record/schema.ts'
import { apply, begin, type State } from '../record/state.ts'
import { writeSession, writeTables } from '../record/write.ts'
import { frozenPaths, hashFrozen } from './freeze.ts'
import { emit, type Night } from './night.ts'

export interface Start {
  program: string
  overrides: Overrides
  tag: string | null
  terminal: Terminal
  echo: (event: JournalEvent) => void
  signal: AbortSignal
}

/** Begins a new session: everything that can be wrong is found here, before the first run. */
export async function openNight({ program: path, overrides, tag, ...rest }: Start): Promise<Night> {
  const program = await readProgram(path, overrides)
  const repository = await openRepository(dirname(program.path))
  const contract = rebase(program, repository)
  const session = await describe(program, contract, repository, await freeTag(repository, tag))
  const folder = join(sessionsRoot, session.id)
  const night = await prepare(session, contract, repository, program.path, rest)
  await repository.git.raw('update-ref', `refs/heads/${session.branch}`, session.baseCommit, absent)
  await mkdir(folder, { recursive: true })
  await writeWhole(join(night.work, 'where.json'), JSON.stringify({ program: program.path }))
  await emit(night, { event: 'started', session })
  await writeSession(folder, session)
  await writeTables(folder, night.state)
  return night
}

/** Opens a session that has ended, to add runs to it. */
export async function reopenNight(id: string, rest: Pick<Start, 'terminal' | 'echo' | 'signal'>): Promise<Night> {
  const folder = join(sessionsRoot, id)
  const events = await readJournal(files.journal(folder)).catch((cause: unknown) => {
    if (cause instanceof Failure) throw cause
    throw new Failure(
      `${folder} has no journal.`,
      'Only a session made by `pnpm session` on this machine can be run again.',
      { cause },
    )
  })
  const first = events[0]
  if (first?.event !== 'started')
    throw new Failure(`${files.journal(folder)} does not begin with a session.`, 'Restore it from a copy.')
  const { session } = first
  const where = await readFile(join(workRoot, id, 'where.json'), 'utf8').catch(() => null)
  const program = where === null ? join(notebook, session.program) : (JSON.parse(where) as { program: string }).program
  const repository = await openRepository(dirname(program))
  const night = await prepare(session, session.contract as unknown as Contract, repository, program, rest)
  for (const event of events) apply(night.state, event)
  return night
}

/** Removes the worktrees; records, refs and branch stay. */
export async function closeNight({ repository, slot, proposal }: Night): Promise<void> {
  for (const { path } of [slot, proposal])
    await repository.git.raw('worktree', 'remove', '--force', '--force', path).catch(() => {})
}

async function prepare(
  session: Session,
  contract: Contract,
  repository: Repository,
  program: string,
  rest: Pick<Start, 'terminal' | 'echo' | 'signal'>,
): Promise<Night> {
  const paths = await frozenPaths(repository.git, session.baseCommit, contract.edit, contract.freeze)
  const work = join(workRoot, session.id)
  await mkdir(work, { recursive: true })
  const worktree = async (name: string) => {
    const path = join(work, name)
    return { path, git: await addWorktree(repository.git, path, session.baseCommit) }
  }
  const slot = await worktree('slot-0')
  const proposal = await worktree('proposal')
  const frozen = await hashFrozen(slot.path, paths)
  const state: State = begin(session)
  return {
    folder: join(sessionsRoot, session.id),
    work,
    program,
    contract,
    repository,
    slot,
    proposal,
    frozen,
    state,
    tried: new Map(),
    ...rest,
  }
}

/** Paths of the contract, relative to program.md's folder, become paths in the repository. */
function rebase({ path, contract }: Program, repository: Repository): Contract {
  const base = slashes(relative(repository.root, dirname(path)))
  const place = (given: string): string => {
    const inside = posix.normalize(posix.join(base, given))
    if (contains(repository.root, inside)) return inside
    throw new Failure(
      `${path}: ${given} is outside the repository ${repository.root}.`,
      'Name paths inside the repository that holds program.md.',
    )
  }
  return {
    ...contract,
    edit: contract.edit.map(place),
    freeze: contract.freeze?.map(place) ?? null,
    link: contract.link.map(place),
    target: place(contract.target),
  }
}

async function describe(program: Program, contract: Contract, repository: Repository, tag: string): Promise<Session> {
  const machine = await readMachine()
  const { name, goal, unit, holdout } = contract.metric
  return {
    schema: 1,
    id: `${dateText(new Date())}-${machine.label}-${tag}`,
    tag,
    program: slashes(relative(repository.root, program.path)),
    contractHash: hash(canonical(contract)),
    proseHash: program.proseHash,
    contract,
    metric: { name, goal, unit, holdout },
    budget: contract.budget,
    machine,
    agent: { use: contract.agent.use, model: contract.agent.model },
    branch: `autoresearch/${tag}`,
    baseCommit: repository.head,
    data: null,
    noise: null,
    startedAt: new Date().toISOString(),
    endedAt: null,
    stop: null,
  }
}

/** The tag that was asked for, or the date with the first number that is free. */
async function freeTag({ git }: Repository, wanted: string | null): Promise<string> {
  const refs = (
    await git.raw('for-each-ref', '--format=%(refname)', 'refs/heads/autoresearch', 'refs/autoresearch')
  ).split('\n')
  const folders = await readdir(sessionsRoot).catch(() => [])
  const taken = (tag: string) =>
    refs.some(ref => ref === `refs/heads/autoresearch/${tag}` || ref.startsWith(`refs/autoresearch/${tag}/`)) ||
    folders.some(folder => folder.endsWith(`-${tag}`))
  if (wanted !== null) {
    if (!/^[a-z0-9][a-z0-9._-]{0,60}$/i.test(wanted) || wanted.endsWith('.lock') || wanted.includes('..'))
      throw new Failure(
        `--tag ${wanted} cannot be a branch name.`,
        'Use letters, digits, dots, dashes and underscores, e.g. nov21-lr.',
      )
    if (taken(wanted))
      throw new Failure(
        `The tag ${wanted} is taken by another session.`,
        'Choose another --tag, or leave it out for the date.',
      )
    return wanted
  }
  const date = dateTag(new Date())
  for (let n = 1; ; n++) {
    const tag = n === 1 ? date : `${date}-${n}`
    if (!taken(tag)) return tag
  }
}
