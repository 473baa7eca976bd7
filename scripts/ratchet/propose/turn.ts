/** One agent's turn: where it edits, what it is told, what it says. */
import { appendFile, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Past, Proposal, Task } from '../../agents/agent.ts'
import type { Feedback } from '../../agents/prompt/feedback.ts'
import { buildPrompt } from '../../agents/prompt/prompt.ts'
import { unpruned } from '../../lib/git.ts'
import { ifThere } from '../../lib/read.ts'
import { addWorktree, resetWorktree, writeTree } from '../../lib/worktree.ts'
import { readProse } from '../../program/read.ts'
import { files } from '../../record/files.ts'
import type { Candidate } from '../../record/journal.ts'
import { keepProse } from '../../record/prose.ts'
import type { Experiment } from '../../record/schema.ts'
import { find, tip } from '../../record/state.ts'
import type { Night, Worktree } from '../session/context.ts'
import { helperMark } from '../session/prepare.ts'
import { type Crew, type Errand, type Member, takeErrand } from './agentPool.ts'
import { readPatch, readPatches, tell } from './promptInput.ts'

export interface Turn {
  member: Member
  worktree: Worktree
  /** null: a new proposal. */
  errand: Errand | null
  /** What it is made on. */
  best: Experiment
  /** The commit whose files are before the agent. */
  start: string
  proseHash: string
  startedAt: string
  /** On the monotonic clock, milliseconds. */
  began: number
  /** Whether a larger step was asked for. */
  bold: boolean
  /** Why the guard refused what it did before, in this turn. */
  refused: string[]
  /** By this turn and, on an errand, those before it. */
  spent: Candidate['agent']
}

/** Takes the agent's errand, if there is one, and puts its worktree where it begins. */
export async function openTurn(night: Night, crew: Crew, member: Member): Promise<Turn> {
  const errand = takeErrand(crew, member)
  const candidate = errand?.candidate
  const mends = errand?.kind === 'crash'
  const best = (mends ? find(night.state, errand.candidate.parent.number) : tip(night.state)) as Experiment
  const start = (mends ? errand.candidate.commit : best.commit) ?? ''
  const worktree = await worktreeOf(night, member, start)
  await resetWorktree(worktree.git, start)
  const nobody = { use: member.use, model: null, seconds: 0, tokens: null, costUsd: null }
  return {
    member,
    worktree,
    errand,
    best,
    start,
    bold: false,
    refused: [],
    proseHash: '',
    startedAt: new Date().toISOString(),
    began: performance.now(),
    spent: candidate?.agent ?? nobody,
  }
}

/** Agents of one night may think at the same time, each in a worktree of its own. */
async function worktreeOf(night: Night, member: Member, commit: string): Promise<Worktree> {
  if (member.place === 0) return night.proposal
  const path = join(night.work, `proposal-${member.place}`)
  member.worktree ??= { path, git: await addWorktree(night.repository.git, path, commit) }
  return member.worktree
}

/** Asks the agent. null: it has nothing left to try. @throws {AgentDown} when it gives no answer */
export async function ask(
  night: Night,
  crew: Crew,
  turn: Turn,
  feedback: Feedback[],
  quit: AbortSignal,
): Promise<Proposal | null> {
  const { member, worktree, errand } = turn
  const { contract, state } = night
  const { prose, proseHash } = await readProse(night.program)
  await keepProse(night.folder, prose, proseHash)
  turn.proseHash = proseHash
  if (state.running.size === 0) night.terminal.live(`${'propose'.padEnd(9)} ${member.use} is thinking`)
  const task: Task = {
    worktree: worktree.path,
    folder: join(worktree.path, contract.target),
    edit: contract.edit,
    prompt: member.thinks ? await told(night, crew, turn, prose, feedback) : '',
    goal: contract.metric.goal,
    history: await readHistory(night, crew),
    sigma: state.session.noise?.sigma ?? null,
    redo: errand?.kind === 'redo' ? await readPatch(night.folder, errand.candidate.number) : null,
    isTried: async () => {
      const by = night.tried.get(await unpruned(worktree.git, () => writeTree(worktree.git)))
      return by !== undefined && by !== errand?.candidate.number
    },
    mark: helperMark(state.session.id, member.place),
    transcript: transcriptOf(night, member),
    signal: quit,
  }
  return member.agent.propose(task)
}

async function told(night: Night, crew: Crew, turn: Turn, prose: string, feedback: Feedback[]): Promise<string> {
  const facts = await tell(night, crew.memory, prose, feedback)
  turn.bold = facts.bold
  return buildPrompt(facts).text
}

/** What was judged, and what waits for its verdict. */
async function readHistory(night: Night, { memory }: Crew): Promise<Past[]> {
  const { folder, state } = night
  await readPatches(night, memory)
  const judged = state.experiments.map(({ number, status, decision }) => ({
    number,
    status,
    gain: decision?.gain ?? null,
    patch: memory.patches.get(number) ?? '',
  }))
  const waiting = [...state.pending.keys()].map(async number => ({
    number,
    status: null,
    gain: null,
    patch: await readPatch(folder, number),
  }))
  return [...judged, ...(await Promise.all(waiting))]
}

/** Before the proposal has its number; what an agent said when it went down stands before what it says next. */
const transcriptOf = ({ work }: Night, { place }: Member): string => join(work, `proposal-${place}.jsonl`)

/** Puts what the client said to its experiment, after what it said of it before. */
export async function keepTranscript(night: Night, { member, errand }: Turn, number: number): Promise<void> {
  const from = transcriptOf(night, member)
  const to = files.proposal(night.folder, number)
  const text = errand ? await ifThere(readFile(from)) : null
  await mkdir(dirname(to), { recursive: true })
  if (text) await appendFile(to, text).then(() => rm(from))
  else
    await rename(from, to).catch((error: NodeJS.ErrnoException) => {
      // The client keeps none.
      if (error.code !== 'ENOENT') throw error
    })
}
