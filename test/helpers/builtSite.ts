/** The notebook of the tests as pages, built once for all files of a run: by the first that asks, the others wait. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { execa } from 'execa'
import { inject } from 'vitest'
import { writeNotebook } from './exampleSessions.ts'

export interface Built {
  /** Folder of the sessions, as test/helpers/exampleSessions.ts writes them. */
  sessions: string
  /** Folder of the pages. Other files read it at the same time: it is not to be changed. */
  out: string
  stdout: string
  stderr: string
}

/** For `beforeAll`, with two minutes. @throws when the build failed, in each file that asks */
export async function builtSite(): Promise<Built> {
  const folder = inject('siteScratch')
  const result = join(folder, 'result.json')
  if (await isFirst(join(folder, 'begun'))) await keep(result, await outcome(folder))
  const { built, problem } = await awaited(result)
  if (!built) throw new Error(problem)
  return built
}

/** `pnpm site` over these sessions. */
export async function buildSite(sessions: string, out: string): Promise<Built> {
  const flags = ['--sessions', sessions, '--out', out, '--json']
  const { stdout, stderr } = await execa(process.execPath, ['scripts/site.ts', ...flags])
  return { sessions, out, stdout, stderr }
}

/** Of two that make the same folder one fails. */
const isFirst = (mark: string): Promise<boolean> =>
  mkdir(mark).then(
    () => true,
    () => false,
  )

interface Outcome {
  built?: Built
  problem?: string
}

async function outcome(folder: string): Promise<Outcome> {
  try {
    await writeNotebook(join(folder, 'sessions'))
    return { built: await buildSite(join(folder, 'sessions'), join(folder, 'out')) }
  } catch (error) {
    return { problem: String(error) }
  }
}

async function keep(path: string, value: Outcome): Promise<void> {
  await writeFile(`${path}.part`, JSON.stringify(value))
  await rename(`${path}.part`, path)
}

async function awaited(path: string): Promise<Outcome> {
  for (;;) {
    const text = await readFile(path, 'utf8').catch(() => null)
    if (text !== null) return JSON.parse(text)
    await delay(100)
  }
}
