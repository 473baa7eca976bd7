/** The published clients of the tests, fetched once from the package registry into a folder that git ignores. */
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { execa } from 'execa'

const folder = join(import.meta.dirname, 'packages')
const modules = join(folder, 'node_modules')
/** Holds the lock file that was installed; absent while an installation is under way. */
const done = join(modules, '.fetched')
const busy = join(folder, 'node_modules.busy')

/** @returns the folder in which `claude` and `codex` lie */
export async function fetchClients(): Promise<string> {
  const wanted = await readFile(join(folder, 'package-lock.json'), 'utf8')
  while ((await readFile(done, 'utf8').catch(() => null)) !== wanted) {
    if (!(await begin())) {
      await wait(500)
      continue
    }
    try {
      const quiet = ['--no-audit', '--no-fund', '--loglevel=error']
      await execa('npm', ['ci', '--ignore-scripts', ...quiet], { cwd: folder })
      // Puts the program of this machine in its place.
      await execa(process.execPath, ['install.cjs'], { cwd: join(modules, '@anthropic-ai/claude-code') })
      await writeFile(done, wanted)
    } finally {
      await rm(busy, { recursive: true, force: true })
    }
  }
  return join(modules, '.bin')
}

/** Whether this process may install; a lock older than ten minutes is a dead process's. */
async function begin(): Promise<boolean> {
  const age = existsSync(busy) ? Date.now() - (await stat(busy).then(({ mtimeMs }) => mtimeMs, Date.now)) : 0
  if (age > 600_000) await rm(busy, { recursive: true, force: true })
  return mkdir(busy).then(
    () => true,
    () => false,
  )
}
