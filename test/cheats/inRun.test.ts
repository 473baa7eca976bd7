/** Cheats of a run that measures itself by its own frozen files, without and with a sandbox. */
import { createHash } from 'node:crypto'
import { write } from '../helpers/throwaway.ts'
import { candidate, evaluation, rows } from './candidate.ts'
import { inRun } from './cheats.ts'
import { testCheats } from './session.ts'

const text = JSON.stringify(rows)

testCheats(inRun, {
  frontmatter: 'metric: { name: loss, plausible: [0.1, 5] }\n',
  files: { 'evaluation.js': evaluation, 'frozen.txt': 'frozen\n', 'notes.md': '', '.gitignore': 'ignored/\n' },
  candidate: candidate('inRun'),
  prepare: ({ cache }) =>
    write(cache, {
      'val.json': text,
      'meta.json': JSON.stringify({ digest: createHash('sha256').update(text).digest('hex') }),
    }),
})
