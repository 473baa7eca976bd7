/** Installs the published clients of the tests from the package registry, once. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { execa } from 'execa'
import { Failure } from '../../../scripts/lib/errors.ts'
import { notebook } from '../../../scripts/lib/paths.ts'
import { takeLock } from '../../../scripts/lib/process/lock.ts'

const wanted = join(import.meta.dirname, 'packages')
const cache = join(notebook, 'node_modules/.cache/nightshift')

/**
 * One process installs while others wait. The folder is renamed into place when complete, so that an interrupted
 * installation is not used.
 * @returns folder of the programs `claude` and `codex`
 */
export async function fetchClients(): Promise<string> {
  const lock = await readFile(join(wanted, 'package-lock.json'))
  const folder = join(cache, `clients-${createHash('sha256').update(lock).digest('hex').slice(0, 16)}`)
  while (!existsSync(folder)) {
    await mkdir(cache, { recursive: true })
    const unlock = await takeLock(`${folder}.lock`, 'The fetching of the clients').catch((error: unknown) => {
      if (error instanceof Failure) return null
      throw error
    })
    if (unlock === null) await wait(200)
    else await fetchInto(folder).finally(() => unlock())
  }
  return join(folder, 'node_modules/.bin')
}

async function fetchInto(folder: string): Promise<void> {
  if (existsSync(folder)) return
  const parts = (await readdir(cache)).filter(name => name.startsWith(`${basename(folder)}.part-`))
  for (const part of parts) await rm(join(cache, part), { recursive: true, force: true })
  const part = `${folder}.part-${process.pid}`
  await mkdir(part)
  for (const name of ['package.json', 'package-lock.json']) await copyFile(join(wanted, name), join(part, name))
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error']
  await execa('npm', ['ci', '--ignore-scripts', ...quiet], { cwd: part })
  // Installs the binary for this platform.
  await execa(process.execPath, ['install.cjs'], { cwd: join(part, 'node_modules/@anthropic-ai/claude-code') })
  await rename(part, folder)
}
