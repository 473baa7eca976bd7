/** `pnpm bench sync`: time and memory of `pnpm sync` for a notebook with many sessions, over one bare repository. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { notebook } from '../../scripts/lib/paths.ts'
import { files } from '../../scripts/record/files/paths.ts'
import { writeReport } from '../../scripts/report/write.ts'
import { type Measurement, measureProgram } from '../measured.ts'
import { writeSession } from '../report/records.ts'

/** Experiments of a session, the baseline not counted. */
const EXPERIMENTS = 126
const SESSIONS = 1000
/** Sessions that a second notebook brings in; each gets its report written there. */
const BROUGHT = 50

interface Options {
  sessions?: number
  seed?: number
  json?: boolean
}

export async function benchSync({ sessions = SESSIONS, seed = 1, json = false }: Options): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'nightshift-bench-'))
  try {
    const remote = join(root, 'remote.git')
    await execa('git', ['init', '--bare', '--quiet', remote])
    const [many, few, reader] = ['many', 'few', 'reader'].map(name => join(root, name)) as [string, string, string]
    await writeNotebook(many, sessions, seed)
    await writeNotebook(few, Math.min(BROUGHT, sessions), seed + 1)
    const results: Record<string, Measurement> = {}
    const measure = async (what: string, place: string, ...flags: string[]) => {
      const found = await sync(place, remote, flags)
      results[what] = found
      if (!json) process.stdout.write(`${line(what, found)}\n`)
    }
    await measure(`first sync, ${sessions} sessions`, many)
    await measure('second sync, nothing new', many)
    await measure(`first sync, ${Math.min(BROUGHT, sessions)} sessions`, few, '--push')
    await measure(`bringing in ${Math.min(BROUGHT, sessions)} sessions`, reader, '--pull', '--machine', 'few')
    await measure('bringing in, nothing new', reader, '--pull', '--machine', 'few')
    if (json) process.stdout.write(`${JSON.stringify(results)}\n`)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

const line = (what: string, { seconds, cpuSeconds, peakMb }: Measurement): string =>
  `${what.padEnd(34)} ${seconds.toFixed(1).padStart(7)} s, ${cpuSeconds.toFixed(1)} s of CPU time, ${peakMb.toFixed(0)} MB`

const sync = (place: string, remote: string, flags: string[]): Promise<Measurement> =>
  measureProgram('node', [join(notebook, 'scripts/sync.ts'), remote, ...flags], {
    NIGHTSHIFT_SESSIONS: join(place, 'sessions'),
    NIGHTSHIFT_WORK: join(place, 'work'),
  })

/** Sessions with the same experiments under different ids. */
async function writeNotebook(place: string, sessions: number, seed: number): Promise<void> {
  await mkdir(join(place, 'work'), { recursive: true })
  await writeFile(join(place, 'work/machine'), `${place.split('/').at(-1)}\n`)
  const first = join(place, 'sessions', idOf(place, 0))
  await writeSession(first, EXPERIMENTS + 1, seed)
  await writeReport(first)
  const record = await readFile(files.session(first), 'utf8')
  for (let i = 1; i < sessions; i++) {
    const folder = join(place, 'sessions', idOf(place, i))
    await cp(first, folder, { recursive: true })
    await writeFile(files.session(folder), record.replaceAll(idOf(place, 0), idOf(place, i)))
  }
}

const idOf = (place: string, i: number): string => `2026-11-20-${place.split('/').at(-1)}-${i}`
