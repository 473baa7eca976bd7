/**
 * `pnpm bench report`: time and memory to read a session and write its report, compared with a notebook that draws one
 * figure.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { z } from 'zod'
import { Failure } from '../../scripts/lib/errors.ts'
import { parseJson, readJson } from '../../scripts/lib/files/read.ts'
import { notebook } from '../../scripts/lib/paths.ts'
import { writeSession } from './records.ts'

/** Session lengths; the notebook is timed on 126 rows. */
const LENGTHS = [100, 1000, 10_000]
const NOTEBOOK_ROWS = 126

export interface ReportRow {
  experiments: number
  /** Wall time in the loaded program, until digest.json and report.md are written. */
  seconds: number
  /** CPU time of the same, insensitive to other load. */
  cpuSeconds: number
  /** Wall time with process start and module loading. */
  wall: number
  /** Peak memory of the process. */
  peakMb: number
}

interface Options {
  seed?: number
  json?: boolean
  /** A notebook file to run instead of our script. */
  notebook?: string
  /** A Python interpreter with pandas and matplotlib. */
  python?: string
}

export async function benchReport(options: Options): Promise<void> {
  const { seed = 1, json = false, python = 'python3' } = options
  const root = await mkdtemp(join(tmpdir(), 'nightshift-bench-'))
  try {
    const rows: ReportRow[] = []
    for (const length of [NOTEBOOK_ROWS, ...LENGTHS]) {
      const folder = join(root, `${length}`, 'sessions', `2026-11-20-bench-${length}`)
      await writeSession(folder, length, seed)
      rows.push({ experiments: length, ...(await measure(folder)) })
      if (!json) process.stdout.write(`${rowText(rows.at(-1) as ReportRow)}\n`)
    }
    const table = join(root, `${NOTEBOOK_ROWS}`, 'sessions', `2026-11-20-bench-${NOTEBOOK_ROWS}`, 'results.tsv')
    const beside = await runNotebook(python, options.notebook ?? null, table, join(root, 'notebook'))
    process.stdout.write(json ? `${JSON.stringify({ rows, notebook: beside })}\n` : `${notebookText(beside)}\n`)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

const measuredSchema = z.object({ seconds: z.number(), cpuSeconds: z.number(), peakMb: z.number() })

/** Runs in its own process, to measure its memory. */
async function measure(folder: string): Promise<Omit<ReportRow, 'experiments'>> {
  const program = `
    const { writeReport } = await import(${JSON.stringify(join(notebook, 'scripts/report/write.ts'))})
    const [start, cpu] = [performance.now(), process.cpuUsage()]
    await writeReport(${JSON.stringify(folder)})
    const seconds = (performance.now() - start) / 1000
    const { user, system } = process.cpuUsage(cpu)
    console.log(JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6, peakMb: process.resourceUsage().maxRSS / 1024 }))`
  const start = performance.now()
  const { stdout } = await execa(process.execPath, ['--input-type=module', '--eval', program])
  return {
    ...parseJson('What the report’s process printed', stdout, measuredSchema),
    wall: (performance.now() - start) / 1000,
  }
}

type NotebookResult = { what: string; wall: number; peakMb: number } | { missing: string }

/** Measures the whole process, including its start. */
async function runNotebook(
  python: string,
  path: string | null,
  table: string,
  folder: string,
): Promise<NotebookResult> {
  const probe = await execa(python, ['-c', 'import pandas, matplotlib'], { reject: false })
  if (probe.failed) return { missing: `${python} with pandas and matplotlib is not installed` }
  await mkdir(folder)
  await writeFile(join(folder, 'results.tsv'), await readFile(table))
  const own = join(import.meta.dirname, 'notebook.py')
  await writeFile(join(folder, 'script.py'), path === null ? await readFile(own) : await notebookCode(path))
  const start = performance.now()
  // Prints the peak memory of this process.
  const memory = 'import resource, runpy; runpy.run_path("script.py", run_name="__main__"); import sys; '
  const printPeak = 'print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)'
  const env = { MPLBACKEND: 'Agg', MPLCONFIGDIR: folder }
  const { stderr } = await execa(python, ['-c', memory + printPeak], { cwd: folder, env }).catch((cause: unknown) => {
    throw new Failure(`${path ?? own} failed.`, 'Pass a notebook that reads results.tsv with --notebook.', {
      cause,
    })
  })
  const peakMb = Number(stderr.trim().split('\n').at(-1)) / 1024
  return { what: path ?? 'our script of the same kind', wall: (performance.now() - start) / 1000, peakMb }
}

const notebookSchema = z.object({
  cells: z.array(z.object({ cell_type: z.string(), source: z.string().or(z.array(z.string())) })),
})

/** The code cells of a notebook as one script, without magics and shell lines. */
async function notebookCode(path: string): Promise<string> {
  const { cells } = await readJson(path, notebookSchema, 'Give the path of an .ipynb file.')
  const code = cells.filter(cell => cell.cell_type === 'code').map(({ source }) => [source].flat().join(''))
  return code.join('\n').replace(/^\s*[%!].*$/gm, '')
}

const rowText = ({ experiments, seconds, cpuSeconds, wall, peakMb }: ReportRow): string =>
  `${String(experiments).padStart(6)} experiments  ${seconds.toFixed(2).padStart(6)} s  ${cpuSeconds.toFixed(2).padStart(6)} s of processor  ${wall.toFixed(2).padStart(6)} s with start-up  ${peakMb.toFixed(0).padStart(4)} MB`

const notebookText = (beside: NotebookResult): string =>
  'missing' in beside
    ? `notebook: ${beside.missing}`
    : `${String(NOTEBOOK_ROWS).padStart(6)} rows by ${beside.what}: ${beside.wall.toFixed(2)} s with start-up, ${beside.peakMb.toFixed(0)} MB`
