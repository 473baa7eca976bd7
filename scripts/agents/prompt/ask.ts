/** The end of a prompt: what is asked for now, and what became of the last answer. Pure. */
import { experimentName } from '../../record/files.ts'
import { sinceKeep } from './bold.ts'
import type { Feedback } from './feedback.ts'
import type { Section } from './fit.ts'
import type { Told } from './input.ts'
import { codeLine, datum, fence } from './text.ts'

const answer = 'Edit the files, then end your answer with the line {"description": "…", "hypothesis": "…"}.'

export function askSection({ bold, state, feedback }: Told): Section {
  const head =
    feedback.length > 0 ? '' : bold ? larger(sinceKeep(state)) : `# Now\nPropose the next experiment. ${answer}`
  return { name: 'ask', head, rows: [], fenced: false, share: 600, kind: 'firm' }
}

const larger = (since: number): string =>
  `# Now: a larger step
${since} experiments in a row kept nothing: small steps around this best have stopped paying. Propose one of a kind that the ledger above doesn't hold, with a real chance of a gain several times the noise. For example:
- put near misses together that act on different parts;
- take a component out, or several that hang together, and see whether they are needed;
- give one part another architecture or algorithm, or move what it costs to where it pays more.
No further value of a constant listed above. It is still one idea and may take more lines than usual; check them twice. ${answer}`

/** A traceback is told by its last lines. */
const mostLines = 50

/** Said last, so that all before it is as it was when the agent was asked first. */
export function feedbackSection({ feedback }: Told): Section {
  const crash = feedback.find(item => item.kind === 'crash')
  const lines = crash ? tail(crash.traceback) : []
  return {
    name: 'feedback',
    head:
      feedback.map(wordsOn).join('\n\n') + (lines.length > 0 ? '\n\nThe end of the log of the run that failed:' : ''),
    rows: lines.map((text, i) => ({ text, rank: lines.length - i })),
    tail: feedback.length > 0 ? answer : '',
    fenced: true,
    share: 4000,
    kind: 'grows',
  }
}

const tail = (traceback: string): string[] => {
  const lines = traceback
    .slice(-100_000)
    .split(/\r\n|\n|\r(?!\n)/)
    .map(line => codeLine(line))
  return lines.filter(line => line.trim() !== '').slice(-mostLines)
}

function wordsOn(feedback: Feedback): string {
  switch (feedback.kind) {
    case 'tried': {
      const { by } = feedback
      const result = 'status' in by ? datum(`${by.status}. ${by.reason}`, 240) : 'under way, not judged yet'
      return `# Tried before
Your edits made exactly the files of an earlier experiment. They were not run again and are undone.
${fence([`${experimentName(by.number)}  ${datum(by.description)}`, `    ${result}`])}
Propose something that it doesn't tell already.`
    }
    case 'outside':
      return `# Refused
Your edits were not run and are undone, because of this:
${fence([datum(feedback.refused, 300)])}
Make your change in the editable files alone, or propose another.`
    case 'crash':
      return `# It failed
The files before you are the best's with your change in them. Its run failed:
${fence([`${experimentName(feedback.candidate.number)}  ${datum(feedback.candidate.description)}`, datum(feedback.why, 300)])}
If the fault is dumb and easy (a typo, an import, a shape, a device), mend it with the smallest edit and keep the idea; ${times(feedback.left)}. If the idea itself is at fault (out of memory, out of time, not finite), edit nothing: it is then recorded as it failed. The change keeps its description.`
    case 'redo':
      return `# Again, on a newer best
The best has changed since you proposed this:
${fence([datum(feedback.candidate.description), `but ${datum(feedback.why, 300)}`])}
The files before you are the new best's, without your change. Make the same change in them, or the nearest that makes sense.`
    case 'nothing':
      return `# Nothing was edited
Your answer changed no file, so there is nothing to run. Only edits count: make the change in the editable files now.`
  }
}

const times = (left: number): string => (left === 1 ? 'this is the last try' : `${left} tries are left`)
