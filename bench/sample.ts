/** Makes the report and pictures of docs/sample/ from a session: `npx pnpm exec node bench/sample.ts SESSION_FOLDER`. */
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Failure, main } from '../scripts/lib/errors.ts'
import { notebook } from '../scripts/lib/paths.ts'
import { buildPages } from '../scripts/notebook/build.ts'
import { exportReport } from '../scripts/notebook/export.ts'
import { drawFigures, inFolder, writeFiles } from '../scripts/notebook/pictures.ts'
import { openReport } from '../scripts/report/read.ts'
import { writeReport } from '../scripts/report/write.ts'
import { launchChromium } from './site/chromium.ts'

const figures = ['frontier', 'waterfall', 'timeline']
const out = join(notebook, 'docs/sample')

await main(async () => {
  const given = process.argv[2]
  if (given === undefined) throw new Failure('No session was named.', 'Give the folder of one, e.g. sessions/2026-…')
  // The pages show every session of a folder, and a report is written beside the records.
  const root = await mkdtemp(join(tmpdir(), 'sample-'))
  try {
    const folder = join(root, 'sessions', basename(given))
    await cp(given, folder, { recursive: true })
    await writeReport(folder)
    await exportReport(folder, join(out, 'report.md'), 'github', out)
    const drawn = await drawFigures((await openReport(folder)).input, folder, figures)
    await writeFiles(
      inFolder(
        out,
        [...drawn].map(([name, svg]) => [`${name}.svg`, svg]),
      ),
    )
    await buildPages(
      { sessions: join(root, 'sessions'), out: join(root, 'pages'), base: '/', site: null, serve: null },
      { kind: 'missing', why: 'the picture shows no search' },
    )
    await photograph(join(root, 'pages/index.html'), join(out, 'home.png'))
  } finally {
    await rm(root, { recursive: true, force: true })
  }
})

/** The first screen of a page. */
async function photograph(page: string, path: string): Promise<void> {
  const browser = await launchChromium()
  try {
    const tab = await browser.newPage({ viewport: { width: 1120, height: 1240 }, colorScheme: 'light' })
    await tab.goto(pathToFileURL(page).href)
    await tab.screenshot({ path })
  } finally {
    await browser.close()
  }
}
