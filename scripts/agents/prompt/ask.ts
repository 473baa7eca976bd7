/** The end of a prompt: what is asked for now, and what became of the last answer. Pure. */
import { experimentName } from '../../record/files.ts'
import { experimentsSinceKeep } from './bold.ts'
import type { Feedback } from './feedback.ts'
import type { Section } from './fit.ts'
import type { PromptInput } from './input.ts'
import { codeLine, dataLine, fence } from './text.ts'

const answerInstruction = 'Edit the files, then end your answer with the line {"description": "…", "hypothesis": "…"}.'

export function askSection({ bold, state, feedback }: PromptInput): Section {
  const intro =
    feedback.length > 0
      ? ''
      : bold
        ? boldRequest(experimentsSinceKeep(state))
        : `# Now\nPropose the next experiment. ${answerInstruction}`
  return { name: 'ask', intro, rows: [], fenced: false, share: 600, kind: 'firm' }
}

const boldRequest = (since: number): string =>
  `# Now: a larger step
${since} experiments in a row kept nothing: small steps around this best have stopped paying. Propose one of a kind that the ledger above doesn't hold, with a real chance of a gain several times the noise. For example:
- put near misses together that act on different parts;
- take a component out, or several that hang together, and see whether they are needed;
- give one part another architecture or algorithm, or move what it costs to where it pays more.
No further value of a constant listed above. It is still one idea and may take more lines than usual; check them twice. ${answerInstruction}`

/** A traceback is told by its last lines. */
const MAX_TRACEBACK_LINES = 50

/** Said last, so that all before it is as it was when the agent was asked first. */
export function feedbackSection({ feedback }: PromptInput): Section {
  const crash = feedback.find(item => item.kind === 'crash')
  const lines = crash ? lastLines(crash.traceback) : []
  return {
    name: 'feedback',
    intro:
      feedback.map(feedbackText).join('\n\n') +
      (lines.length > 0 ? '\n\nThe end of the log of the run that failed:' : ''),
    rows: lines.map((text, i) => ({ text, rank: lines.length - i })),
    outro: feedback.length > 0 ? answerInstruction : '',
    fenced: true,
    share: 4000,
    kind: 'grows',
  }
}

const lastLines = (traceback: string): string[] => {
  const lines = traceback
    .slice(-100_000)
    .split(/\r\n|\n|\r(?!\n)/)
    .map(line => codeLine(line))
  return lines.filter(line => line.trim() !== '').slice(-MAX_TRACEBACK_LINES)
}

function feedbackText(feedback: Feedback): string {
  switch (feedback.kind) {
    case 'tried': {
      const { duplicateOf } = feedback
      const result =
        'status' in duplicateOf
          ? dataLine(`${duplicateOf.status}. ${duplicateOf.reason}`, 240)
          : 'under way, not judged yet'
      return `# Tried before
Your edits made exactly the files of an earlier experiment. They were not run again and are undone.
${fence([`${experimentName(duplicateOf.number)}  ${dataLine(duplicateOf.description)}`, `    ${result}`])}
Propose something that it doesn't tell already.`
    }
    case 'outside':
      return `# Refused
Your edits were not run and are undone, because of this:
${fence([dataLine(feedback.refused, 300)])}
Make your change in the editable files alone, or propose another.`
    case 'crash':
      return `# It failed
The files before you are the best's with your change in them. Its run failed:
${fence([`${experimentName(feedback.candidate.number)}  ${dataLine(feedback.candidate.description)}`, dataLine(feedback.why, 300)])}
If the fault is dumb and easy (a typo, an import, a shape, a device), mend it with the smallest edit and keep the idea; ${triesLeft(feedback.left)}. If the idea itself is at fault (out of memory, out of time, not finite), edit nothing: it is then recorded as it failed. The change keeps its description.`
    case 'redo':
      return `# Again, on a newer best
The best has changed since you proposed this:
${fence([dataLine(feedback.candidate.description), `but ${dataLine(feedback.why, 300)}`])}
The files before you are the new best's, without your change. Make the same change in them, or the nearest that makes sense.`
    case 'nothing':
      return `# Nothing was edited
Your answer changed no file, so there is nothing to run. Only edits count: make the change in the editable files now.`
  }
}

const triesLeft = (left: number): string => (left === 1 ? 'this is the last try' : `${left} tries are left`)
