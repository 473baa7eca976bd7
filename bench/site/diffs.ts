/** A program of its own: Shiki over every patch of the notebook in the folder that is named, and nothing else. */
import { join } from 'node:path'
import { codeToHtml } from 'shiki'
import { listSessions } from '../../scripts/record/files.ts'
import { patchesOf } from './notebooks.ts'

const root = process.argv[2] ?? ''
let letters = 0
for (const session of await listSessions(root))
  for (const patch of await patchesOf(join(root, session))) {
    // As code, which is what a page shows: the diff's own signs are not coloured.
    const code = patch.replace(/^[-+ ]/gm, '')
    letters += (await codeToHtml(code, { lang: 'python', theme: 'github-light' })).length
  }
process.stdout.write(`${letters}\n`)
