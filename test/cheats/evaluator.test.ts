/** Cheats of a run that a frozen process outside of it measures, without and with a sandbox. */
import { candidate, rows, scoreAfter, scoreBeside } from './candidate.ts'
import { afterRun } from './evaluator/after.ts'
import { besideRun } from './evaluator/beside.ts'
import { testCheats } from './session.ts'

const metric = 'hide: answers.json\nmetric: { name: loss, plausible: [0.1, 5] }\n'
const answers = { 'answers.json': JSON.stringify(rows) }

testCheats(afterRun, {
  frontmatter: `evaluate: node score.js\n${metric}`,
  files: { ...answers, 'score.js': scoreAfter },
  candidate: candidate('after'),
})

testCheats(besideRun, {
  frontmatter: `evaluate: { serve: node score.js }\n${metric}`,
  files: { ...answers, 'score.js': scoreBeside },
  candidate: candidate('beside'),
})
