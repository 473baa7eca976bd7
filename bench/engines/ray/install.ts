/** A Ray for tests and benchmarks: a virtual environment of its own with pinned versions, which stays for the next time. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'

const folder = import.meta.dirname
const requirements = join(folder, 'requirements.txt')

/** Of the virtual environment; another one for other versions. */
const venvOf = async (): Promise<string> => {
  const key = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex')
  return join(folder, '.venv', key.slice(0, 12))
}

/**
 * Installs Ray, unless it is there: a minute.
 * @returns the program `ray`; or why there can be none, and what would change that
 */
export async function installRay(): Promise<{ ray: string } | { missing: string }> {
  if (process.platform !== 'linux') return { missing: 'needs Linux' }
  const venv = await venvOf()
  const ray = join(venv, 'bin/ray')
  const stamp = join(venv, 'installed')
  if (existsSync(stamp)) return { ray }
  await rm(venv, { recursive: true, force: true })
  const made = await execa('python3', ['-m', 'venv', venv], { reject: false, timeout: 120_000 })
  if (made.failed) return { missing: `needs Python 3.10 or later with venv (apt-get install python3-venv)` }
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', requirements]
  const installed = await execa(join(venv, 'bin/python'), pip, { reject: false, timeout: 600_000 })
  if (installed.failed) return { missing: `needs what \`pip install -r bench/engines/ray/requirements.txt\` installs` }
  await writeFile(stamp, '')
  return { ray }
}
