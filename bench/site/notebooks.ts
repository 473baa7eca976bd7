/** Writes whole notebooks with realistic sessions: patches of 20 to 60 lines, loss curves, logs, failures, reports. */
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { files, readSession } from '../../scripts/record/files/paths.ts'
import type { Experiment } from '../../scripts/record/schema.ts'
import { writeReport } from '../../scripts/report/write.ts'
import { writeSession } from '../report/records.ts'

/** Lines of a run's loss curve and log. */
const curveLines = 200
const logLines = 20
const day = 24 * 3600 * 1000

/**
 * @param root folder of the sessions
 * @param experiments total number of experiments @param sessions number of sessions, of about equal length
 */
export async function writeNotebook(root: string, experiments: number, sessions: number, seed: number): Promise<void> {
  for (let session = 0; session < sessions; session++) {
    const length = Math.floor((experiments + session) / sessions)
    const begin = new Date(Date.parse('2026-09-01T22:00:00Z') + session * day).toISOString()
    const folder = join(root, `${begin.slice(0, 10)}-bench-n${session}`)
    await writeSession(folder, length, seed + session, begin)
    await addRunFiles(folder)
    await writeReport(folder)
  }
}

async function addRunFiles(folder: string): Promise<void> {
  const experiments = (await readSession(folder)).experiments.map(e => (isCrash(e) ? asCrash(e) : e))
  await writeFile(files.experiments(folder), experiments.map(e => `${JSON.stringify(e)}\n`).join(''))
  for (const e of experiments) {
    if (e.number > 0) await appendFile(files.patch(folder, e.number), extraHunk(e.number))
    for (const { k } of e.runs) {
      await mkdir(files.run(folder, e.number, k), { recursive: true })
      await writeFile(files.curve(folder, e.number, k), lossCurve(e, k))
      await writeFile(files.log(folder, e.number, k), log(e))
    }
  }
}

/** About one change in twenty. */
const isCrash = (e: Experiment): boolean => e.status === 'discard' && e.number % 17 === 0

const asCrash = (e: Experiment): Experiment => ({
  ...e,
  status: 'crash',
  reason: 'exit code 1: RuntimeError: CUDA out of memory',
  metric: null,
  memoryMb: null,
  decision: null,
  runs: e.runs.map(run => ({ ...run, outcome: 'crash', why: 'exit code 1', metric: null, summary: {} })),
})

/** A second hunk that rewrites some lines of the model: 12 to 52 rows of a diff. */
function extraHunk(number: number): string {
  const [first, lines] = [100 + (number % 400), 3 + (number % 21)]
  const row = (sign: string, i: number, text: string) =>
    `${sign}    layer_${first + i} = ${text}  # ${first + i}, "as before" where the depth is ${number % 12}\n`
  const body = Array.from({ length: lines }, (_, i) => i)
  const context = (at: number) => [0, 1, 2].map(i => row(' ', at + i, `module_${at + i}(hidden, width)`)).join('')
  const removed = body.map(i => row('-', i + 3, `module_${i}(hidden, width)`)).join('')
  const added = body.map(i => row('+', i + 3, `module_${i}(norm(hidden, eps=1e-${number % 9}), width * 2)`)).join('')
  return `@@ -${first},${lines + 6} +${first},${lines + 6} @@ class Model:\n${context(0)}${removed}${added}${context(lines + 3)}`
}

function lossCurve(e: Experiment, k: number): string {
  const end = (e.metric ?? 1) * 2.6
  const wobble = (i: number) => 0.02 * Math.sin(i * 2.39 + e.number + k)
  const point = (i: number) => [i * 5, (i * 1.5).toFixed(3), (end + 6 / (i + 1) ** 0.8 + wobble(i)).toFixed(6)]
  return Array.from({ length: curveLines }, (_, i) => `${point(i).join(',')}\n`).join('')
}

function log(e: Experiment): string {
  const steps = Array.from(
    { length: logLines },
    (_, i) => `step ${i * 50}  ${i * 5}%  loss ${(9 / (i + 2)).toFixed(4)}\n`,
  )
  const end =
    e.metric === null
      ? 'Traceback (most recent call last):\n  File "train.py", line 320, in <module>\nRuntimeError: CUDA out of memory\n'
      : `---\nval_bpb:          ${e.metric.toFixed(6)}\ntraining_seconds: 300.1\npeak_vram_mb:     45060.2\n`
  return steps.join('') + end
}

/** All patches of a session: the input of a highlighter. */
export async function patchesOf(folder: string): Promise<string[]> {
  const { experiments } = await readSession(folder)
  return Promise.all(experiments.filter(e => e.number > 0).map(e => readFile(files.patch(folder, e.number), 'utf8')))
}
