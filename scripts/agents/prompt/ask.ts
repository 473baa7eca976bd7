/** The end of a prompt: what is asked for, and what became of the last answer. Pure. */
import { experimentName } from '../../record/files/paths.ts'
import { experimentsSinceKeep } from './bold.ts'
import type { Feedback } from './feedback.ts'
import type { Section } from './fit.ts'
import type { PromptInput } from './input.ts'
import { codeLine, dataLine, fence } from './text.ts'

const answerInstruction = 'Edit the files, then end your answer with the line {"description": "…", "hypothesis": "…"}.'

/** The request for a new proposal; empty where the agent is asked again. */
export function askSection({ bold, state, feedback }: PromptInput): Section {
  const request = bold ? boldRequest(experimentsSinceKeep(state)) : '# Now\nPropose the next experiment.'
  const intro = feedback.length > 0 ? '' : `${request} ${answerInstruction}`
  return { name: 'ask', intro, rows: [], fenced: false, share: 600, kind: 'fixed' }
}

/** With more slots than these, so much is tried at once that the next ideas should differ. */
const FEW_SLOTS = 2

/** What else is tried meanwhile; none with few slots where no other proposal is made, and where the agent is asked again. */
export function besideSections({ slots, others, state, feedback }: PromptInput): Section[] {
  if ((others === 0 && slots <= FEW_SLOTS) || feedback.length > 0) return []
  const made =
    others === 1
      ? 'proposal is being made at this moment; you cannot see it'
      : 'proposals are being made at this moment; you cannot see them'
  const pending = state.pending.size > 0 ? ' and from the pending experiments' : ''
  const sentences = [
    ...(slots > FEW_SLOTS ? [`Up to ${slots} experiments train at once.`] : []),
    ...(others > 0 ? [`${others} other ${made}.`] : []),
    `Do not propose the first idea that anyone would have on this evidence: choose one that differs from what others would propose${pending}. Equal edits are refused.`,
    ...(slots > FEW_SLOTS ? [sweepOffer] : []),
  ]
  return [{ name: 'beside', intro: sentences.join(' '), rows: [], fenced: false, share: 500, kind: 'fixed' }]
}

const sweepOffer =
  'If the idea is about a value, have several tried at once by a sweep: add to the JSON of your last line e.g. "sweep": {"MATRIX_LR": [0.03, 0.05, 0.06]}, with the names of one or two top-level constants of the editable files and 2 to 16 points in all. Each point is an experiment; the best of them is judged. Edits that all points share are made in the files, and there may be none.'

const boldRequest = (since: number): string =>
  `# Now: a larger step
None of the last ${since} experiments was kept: small changes around this head no longer help. Propose a change of a different kind from those in the ledger above, with a realistic chance of a gain of several σ. For example:
- combine near misses that change different parts;
- remove a component, or several related ones, to see whether they are needed;
- replace the architecture or algorithm of one part, or move compute to where it helps more.
Do not try another value of a constant listed above. Test one idea; it may take more lines than usual, so check them twice.`

const MAX_TRACEBACK_LINES = 50
/** What a hook may print is limited by its length. */
const MAX_HOOK_LINES = 500

/** Last in the prompt, so that everything before it stays the same for the service's cache. */
export function feedbackSection({ feedback }: PromptInput): Section {
  const crash = feedback.find(item => item.kind === 'crash')
  const hook = feedback.find(item => item.kind === 'hook')
  const lines = crash
    ? lastLines(crash.traceback, MAX_TRACEBACK_LINES)
    : hook
      ? lastLines(hook.message, MAX_HOOK_LINES)
      : []
  return {
    name: 'feedback',
    intro:
      feedback.map(feedbackText).join('\n\n') +
      (lines.length > 0 ? `\n\n${crash ? 'The last lines of its log:' : 'It printed:'}` : ''),
    rows: lines.map((text, i) => ({ text, rank: lines.length - i })),
    outro: feedback.length > 0 ? answerInstruction : '',
    fenced: true,
    share: 4000,
    kind: 'grows',
  }
}

const lastLines = (text: string, limit: number): string[] => {
  const lines = text
    .slice(-100_000)
    .split(/\r\n|\n|\r(?!\n)/)
    .map(line => codeLine(line))
  return lines.filter(line => line.trim() !== '').slice(-limit)
}

function feedbackText(feedback: Feedback): string {
  switch (feedback.kind) {
    case 'duplicate': {
      const { number, description, verdict } = feedback
      const result = verdict ? dataLine(`${verdict.status}. ${verdict.reason}`, 240) : 'pending'
      return `# Duplicate
Your edits produced the same files as an earlier experiment. They were reverted and not run.
${fence([`${experimentName(number)}  ${dataLine(description)}`, `    ${result}`])}
Propose another change.`
    }
    case 'refused':
      return `# Refused
Your edits were reverted and not run:
${fence([dataLine(feedback.why, 300)])}
Make the change in the editable files only, or propose another one.`
    case 'sweep':
      return `# Sweep refused
Nothing was run, and your edits were reverted:
${fence([dataLine(feedback.why, 300)])}
Correct the sweep, or answer without one.`
    case 'hook':
      return `# Refused
A check of the person who runs this session refused your edits. They were reverted and not run. Make a change that passes it, or propose another one.`
    case 'crash':
      return `# Crash
The files contain your change. Its run failed:
${fence([`${experimentName(feedback.candidate.number)}  ${dataLine(feedback.candidate.description)}`, dataLine(feedback.why, 300)])}
If the cause is a simple error (a typo, an import, a shape, a device), fix it with the smallest edit and keep the idea; ${triesLeft(feedback.fixesLeft)}. If the idea itself is the cause (out of memory, timeout, values that are not finite), edit nothing: the experiment is then recorded as a crash. The description stays the same.`
    case 'conflict':
      return `# Conflict with the new head
The head has changed since you proposed this:
${fence([dataLine(feedback.candidate.description), dataLine(feedback.why, 300)])}
The files contain the new head without your change. Make the same change again, or the closest one that makes sense.`
    case 'no-edit':
      return `# No edit
Your answer changed no file, so there is nothing to run. Only edits count: change the editable files now.`
  }
}

const triesLeft = (left: number): string => (left === 1 ? 'this is the last attempt' : `${left} attempts are left`)
