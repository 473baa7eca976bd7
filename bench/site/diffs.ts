/** A program that runs only Shiki, on every patch of the notebook in the given folder. */
import { join } from 'node:path'
import { codeToHtml } from 'shiki'
import { listSessions } from '../../scripts/record/files/paths.ts'
import { patchesOf } from './notebooks.ts'

const root = process.argv[2] ?? ''
let letters = 0
for (const session of await listSessions(root))
  for (const patch of await patchesOf(join(root, session))) {
    // Highlighted as code, as the pages do, without the diff's signs.
    const code = patch.replace(/^[-+ ]/gm, '')
    letters += (await codeToHtml(code, { lang: 'python', theme: 'github-light' })).length
  }
process.stdout.write(`${letters}\n`)
