/** An agent's turn: its worktree, its task and its transcript. */
import { join } from 'node:path'
import type { PastExperiment, Proposal, Task } from '../../agents/agent.ts'
import type { Feedback } from '../../agents/prompt/feedback.ts'
import { buildPrompt } from '../../agents/prompt/prompt.ts'
import { readRegularFile } from '../../lib/files/read.ts'
import { freePath } from '../../lib/files/remove.ts'
import { retryIfPruned } from '../../lib/git/git.ts'
import { addAgentWorktree, resetWorktree, writeTree } from '../../lib/git/worktree.ts'
import { redact } from '../../lib/secrets/redact.ts'
import { readProse } from '../../program/read.ts'
import { files } from '../../record/files/paths.ts'
import { keepProse } from '../../record/files/prose.ts'
import { restoreExperimentFolder, writeRecord } from '../../record/files/restore.ts'
import type { Candidate } from '../../record/journal.ts'
import { maxBytes } from '../../record/limits.ts'
import type { Experiment } from '../../record/schema.ts'
import { findExperiment, headOf } from '../../record/state.ts'
import type { Worktree } from '../session/context.ts'
import { agentMark, proposalName } from '../session/prepare.ts'
import {
  type AgentPool,
  type AgentState,
  type ReworkRequest,
  type TurnUnderWay,
  takeReworkRequest,
  thinkingText,
} from './agentPool.ts'
import type { TurnContext } from './context.ts'
import { readPatch, readPatches, readPromptInput } from './promptInput.ts'

export interface Turn {
  agent: AgentState
  begun: TurnUnderWay
  worktree: Worktree
  /** null: a new proposal. */
  request: ReworkRequest | null
  /** The head that the proposal builds on. */
  head: Experiment
  /** Commit that the worktree starts from. */
  start: string
  proseHash: string
  startedAt: string
  /** Monotonic clock, ms. */
  startedAtMs: number
  /** Whether a larger step was asked for. */
  bold: boolean
  /** Why the guard refused earlier attempts of this turn. */
  refused: string[]
  /** Cost of this turn and, for rework, of the earlier ones. */
  spent: Candidate['agent']
}

/** Takes a rework request for the agent, if there is one, and resets its worktree to the start. */
export async function openTurn(
  context: TurnContext,
  pool: AgentPool,
  agent: AgentState,
  begun: TurnUnderWay,
): Promise<Turn> {
  const request = takeReworkRequest(pool, agent)
  const candidate = request?.candidate
  const isFix = request?.kind === 'crash'
  const head = (
    isFix ? findExperiment(context.state, request.candidate.parent.number) : headOf(context.state)
  ) as Experiment
  const start = (isFix ? request.candidate.commit : head.commit) ?? ''
  const worktree = await openAgentWorktree(context, agent, begun.proposer, start)
  await resetWorktree(worktree.git, start)
  const unused = { use: agent.use, model: null, seconds: 0, tokens: null, costUsd: null }
  return {
    agent,
    begun,
    worktree,
    request,
    head,
    start,
    bold: false,
    refused: [],
    proseHash: '',
    startedAt: new Date().toISOString(),
    startedAtMs: performance.now(),
    spent: candidate?.agent ?? unused,
  }
}

/** Turns may be under way at the same time, so each proposer of an agent has its own worktree. */
async function openAgentWorktree(
  context: TurnContext,
  { place, worktrees }: AgentState,
  proposer: number,
  commit: string,
): Promise<Worktree> {
  if (place === 0 && proposer === 0) return context.proposalWorktree
  const made = worktrees.get(proposer)
  if (made) return made
  const path = join(context.work, proposalName(place, proposer))
  const worktree = { path, git: await addAgentWorktree(context.repository.git, path, commit) }
  worktrees.set(proposer, worktree)
  return worktree
}

/** Asks the agent. @returns null: it has nothing left to try @throws {AgentDown} it gives no answer */
export async function ask(
  context: TurnContext,
  pool: AgentPool,
  turn: Turn,
  feedback: Feedback[],
  cancel: AbortSignal,
): Promise<Proposal | null> {
  const { agent, begun, worktree, request } = turn
  const { contract, state } = context
  const { prose, proseHash } = await readProse(context.program)
  await keepProse(context.folder, prose, proseHash)
  turn.proseHash = proseHash
  if (state.running.size === 0) context.terminal.live(`${'propose'.padEnd(9)} ${thinkingText(pool)}`)
  const task: Task = {
    worktree: worktree.path,
    folder: join(worktree.path, contract.target),
    edit: contract.edit,
    prompt: agent.readsPrompt ? await buildPromptText(context, pool, turn, prose, feedback) : '',
    goal: contract.metric.goal,
    history: readHistory(context, pool),
    sigma: state.session.noise?.sigma ?? null,
    baselineLog: (await readRegularFile(files.log(context.folder, 0, 1), maxBytes.log, context.folder)) ?? '',
    conflictPatch: request?.kind === 'conflict' ? readPatch(context.folder, request.candidate.number) : null,
    isDuplicate: async () => {
      const by = context.tried.get(await retryIfPruned(worktree.git, () => writeTree(worktree.git)))
      return by !== undefined && by !== request?.candidate.number
    },
    mark: agentMark(state.session.id, agent.place, begun.proposer),
    transcript: transcriptOf(context, turn),
    signal: cancel,
  }
  const proposal = agent.client.propose(task)
  // What runs the candidate loads while the agent thinks.
  if (context.engine === null) context.runners.prepare()
  return proposal
}

async function buildPromptText(
  context: TurnContext,
  pool: AgentPool,
  turn: Turn,
  prose: string,
  feedback: Feedback[],
): Promise<string> {
  const others = pool.agents.flatMap(({ turns }) => turns).length - 1
  const input = await readPromptInput(context, pool.promptCache, prose, feedback, {
    slots: context.slots.length,
    others,
  })
  turn.bold = input.bold
  // It goes to a service. Paths stay: the agent works with them.
  return redact(buildPrompt(input).text)
}

/** Judged and pending experiments. */
function readHistory(context: TurnContext, { promptCache }: AgentPool): PastExperiment[] {
  const { folder, state } = context
  readPatches(context, promptCache)
  const judged = state.experiments.map(({ number, status, decision }) => ({
    number,
    status,
    gain: decision?.gain ?? null,
    patch: promptCache.patches.get(number) ?? '',
  }))
  const waiting = [...state.pending.keys()].map(number => ({
    number,
    status: null,
    gain: null,
    patch: readPatch(folder, number),
  }))
  return [...judged, ...waiting]
}

/** Transcript of a turn before its proposal has a number; lines of a failed turn stay in it. */
const transcriptOf = ({ work }: Pick<TurnContext, 'work'>, { agent, begun }: Turn): string =>
  join(work, `${proposalName(agent.place, begun.proposer)}.jsonl`)

/**
 * Moves the transcript into the experiment's folder; appends for rework. By copy, since the sessions may be on another
 * file system; a kill in between leaves its lines to the next transcript as well.
 */
export async function saveTranscript(context: TurnContext, turn: Turn, number: number): Promise<void> {
  const from = transcriptOf(context, turn)
  const to = files.proposal(context.folder, number)
  const read = (path: string) => readRegularFile(path, maxBytes.transcript)
  // null: the agent wrote none, or put something else in its place.
  const text = await read(from)
  const earlier = turn.request ? await read(to) : null
  if (text !== null) {
    await restoreExperimentFolder(context.folder, number)
    await writeRecord(to, (earlier ?? '') + text)
  }
  await freePath(from)
}
