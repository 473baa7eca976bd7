/**
 * A report's prose by an agent: it edits the template's source at a desk of its own, gets the checker's findings back,
 * twice at most, and what is still wrong is cut. Whatever it does, there is a report.
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

/** Rounds in all: the text, and twice what was found in it. */
const MAX_ROUNDS = 3
/** Seconds below which another round is not worth beginning. */
const MIN_ROUND_SECONDS = 15

export interface Assignment {
  /** The template's source. */
  templateSource: string
  known: Known
  materials: Materials
  spec: AgentSpec
  /** Label of the machine that it is written on. */
  machine: string
  /** File that gets what the client says; what an earlier report left in it is removed. */
  transcript: string
  /** Folder in which the agent gets a folder of its own. */
  workspaceRoot: string
  /** Carried by its processes; one of its own when it is left out. */
  mark?: string | undefined
  /** Ends the writing: the template is taken, or what there is by then. */
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

/** Never fails because of the agent. */
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

/** The rounds. A failure in one leaves what those before it gave. */
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
        // Who leaves what was found as it is will not mend it when it is asked once more.
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

const unchanged = new Failure('it changed nothing', 'Look at the transcript beside the report.')

async function ask(
  agent: Agent,
  { materials, transcript, mark, signal }: Assignment,
  workspace: string,
  findings: AuthorFinding[] | null,
): Promise<Proposal> {
  if (signal.aborted) throw new Failure('there was no time left', `Write it later with \`${command('report')}\`.`)
  const task: Task = {
    worktree: workspace,
    folder: workspace,
    edit: [reportName],
    prompt: authorPrompt(materials.about, findings),
    goal: 'minimize',
    history: [],
    sigma: null,
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

/** What all rounds cost, as far as it is known. */
const sum = (a: Draft['spent'], b: Draft['spent']): Draft['spent'] => ({
  model: b.model ?? a.model,
  tokens: a.tokens === null && b.tokens === null ? null : (a.tokens ?? 0) + (b.tokens ?? 0),
  costUsd: a.costUsd === null && b.costUsd === null ? null : (a.costUsd ?? 0) + (b.costUsd ?? 0),
})
