/** The pages of the example sessions, built once per test run: the first test file builds, the others wait. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { execa } from 'execa'
import { inject } from 'vitest'
import { writeNotebook } from './exampleSessions.ts'

export interface Built {
  /** Folder of the sessions, as test/helpers/exampleSessions.ts writes them. */
  sessions: string
  /** Folder of the pages. Shared between test files: do not modify. */
  out: string
  stdout: string
  stderr: string
}

/** For `beforeAll`; allow two minutes. @throws in every caller when the build failed */
export async function builtSite(): Promise<Built> {
  const folder = inject('siteScratch')
  const result = join(folder, 'result.json')
  if (await isFirst(join(folder, 'begun'))) await keep(result, await outcome(folder))
  const { built, problem } = await awaited(result)
  if (!built) throw new Error(problem)
  return built
}

/** Runs `pnpm site` on these sessions. */
export async function buildSite(sessions: string, out: string): Promise<Built> {
  const flags = ['--sessions', sessions, '--out', out, '--json']
  const { stdout, stderr } = await execa(process.execPath, ['scripts/site.ts', ...flags])
  return { sessions, out, stdout, stderr }
}

/** True for one caller only: a second mkdir of the same folder fails. */
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
