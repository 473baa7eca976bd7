/**
 * An agent writes a report's prose. It edits the template's source in a workspace, gets the checker's findings back at
 * most twice, and what is still wrong is cut. If the agent fails, the template is the report.
 */

import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import type { Agent, Proposal, Task } from '../../agents/agent.ts'
import { createAgent } from '../../agents/create.ts'
import { command } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { AgentSpec } from '../../program/contract.ts'
import type { Known } from '../check/known.ts'
import type { Materials } from './materials.ts'
import { authorPrompt } from './prompt.ts'
import { type Review, review } from './review.ts'
import type { AuthorFinding, Writing } from './schema.ts'
import { readReport, reportName, withWorkspace } from './workspace.ts'

/** The first round and at most two rounds of corrections. */
const MAX_ROUNDS = 3
/** Seconds that must be left to start another round. */
const MIN_ROUND_SECONDS = 15

export interface Assignment {
  /** Source of the report as the template wrote it. */
  templateSource: string
  known: Known
  materials: Materials
  spec: AgentSpec
  /** Label of this machine. */
  machine: string
  /** File for the client's output; an earlier one is removed. */
  transcript: string
  /** Folder in which the agent's workspace is created. */
  workspaceRoot: string
  /** Marks the agent's processes, to find orphans; a random one by default. */
  mark?: string | undefined
  /** Stops the agent; the rounds finished so far count, else the template. */
  signal: AbortSignal
}

export interface Written {
  source: string
  writing: Writing
}

interface Draft {
  review: Review | null
  rounds: AuthorFinding[][]
  failed: string | null
  spent: Pick<Proposal, 'model' | 'tokens' | 'costUsd'>
}

/** Never throws because of the agent: its failure is in `writing.failed`. */
export async function writeWithAgent(assignment: Assignment): Promise<Written> {
  const { templateSource, spec, machine, transcript } = assignment
  const start = performance.now()
  await rm(transcript, { force: true })
  const draft = await write(assignment, start)
  const wrote = draft.review?.wrote ?? false
  const empty = wrote || draft.failed !== null ? null : 'nothing of what it wrote could be kept'
  return {
    source: wrote && draft.review ? draft.review.source : templateSource,
    writing: {
      schema: 1,
      use: spec.use,
      model: draft.spent.model ?? spec.model,
      machine,
      wrote,
      failed: draft.failed ?? empty,
      rounds: draft.rounds,
      cut: draft.review?.cut ?? [],
      seconds: Math.round((performance.now() - start) / 100) / 10,
      tokens: draft.spent.tokens,
      costUsd: draft.spent.costUsd,
    },
  }
}

/** Runs the rounds. A failure keeps the result of the rounds before it. */
async function write(assignment: Assignment, start: number): Promise<Draft> {
  const { templateSource, known, materials, spec, workspaceRoot } = assignment
  const draft: Draft = { review: null, rounds: [], failed: null, spent: { model: null, tokens: null, costUsd: null } }
  const contents = new Map([...materials.files, [reportName, templateSource]])
  try {
    await withWorkspace(workspaceRoot, contents, async workspace => {
      let before = templateSource
      while (draft.rounds.length < MAX_ROUNDS) {
        const left = Math.ceil(spec.timeout - (performance.now() - start) / 1000)
        if (draft.rounds.length > 0 && left < MIN_ROUND_SECONDS) return
        const answer = await ask(
          createAgent({ ...spec, timeout: left }),
          assignment,
          workspace,
          draft.rounds.at(-1) ?? null,
        )
        draft.spent = sum(draft.spent, answer)
        const text = await readReport(workspace)
        // An agent that ignored the findings will not fix them when asked again.
        if (text === before && draft.rounds.length > 0) return
        if (text === before) throw unchanged
        draft.review = review(templateSource, text, known, materials.about.open)
        draft.rounds.push(draft.review.findings)
        if (draft.review.findings.length === 0) return
        before = text
      }
    })
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    draft.failed = sanitizeText(error.message, 300).replace(/\.$/, '')
  }
  return draft
}

const unchanged = new Failure('it did not change report.md', 'See the transcript in the session folder.')

async function ask(
  agent: Agent,
  { materials, transcript, mark, signal }: Assignment,
  workspace: string,
  findings: AuthorFinding[] | null,
): Promise<Proposal> {
  if (signal.aborted) throw new Failure('there was no time left', `Run \`${command('report')}\` later.`)
  const task: Task = {
    worktree: workspace,
    folder: workspace,
    edit: [reportName],
    prompt: authorPrompt(materials.about, findings),
    goal: 'minimize',
    history: [],
    sigma: null,
    baselineLog: '',
    conflictPatch: null,
    isDuplicate: async () => false,
    mark: mark ?? `report-${randomUUID()}`,
    transcript,
    signal,
  }
  const answer = await agent.propose(task)
  if (answer === null) throw unchanged
  return answer
}

/** Total cost of the rounds, as far as known. */
const sum = (a: Draft['spent'], b: Draft['spent']): Draft['spent'] => ({
  model: b.model ?? a.model,
  tokens: a.tokens === null && b.tokens === null ? null : (a.tokens ?? 0) + (b.tokens ?? 0),
  costUsd: a.costUsd === null && b.costUsd === null ? null : (a.costUsd ?? 0) + (b.costUsd ?? 0),
})
