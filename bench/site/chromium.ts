/** Chromium from npm, for page tests and benchmarks; unpacked once per package version. */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { execa } from 'execa'
import { type Browser, chromium as playwright } from 'playwright-core'
import { z } from 'zod'
import { readJson } from '../../scripts/lib/files/read.ts'
import { notebook } from '../../scripts/lib/paths.ts'

/** Cache folder, removed together with the packages. */
const ownCache = join(notebook, 'node_modules/.cache/nightshift')

/**
 * Unpacks the browser if needed. Safe for concurrent processes: each unpacks into its own folder, and the first to
 * finish renames it into place.
 * @returns path of the executable
 */
export async function chromiumPath(cache = ownCache): Promise<string> {
  const folder = join(cache, `chromium-${await version()}`)
  const path = join(folder, 'chromium')
  if (existsSync(path)) return path
  await mkdir(cache, { recursive: true })
  const part = await mkdtemp(`${folder}.part-`)
  try {
    await unpack(part)
    await rename(part, folder).catch((error: unknown) => {
      // Another process was first.
      if (!existsSync(path)) throw error
    })
  } finally {
    await rm(part, { recursive: true, force: true })
  }
  return path
}

/** @throws {Error} listing missing system libraries if the browser cannot start */
export async function launchChromium(): Promise<Browser> {
  const executablePath = await chromiumPath()
  await checkLibraries(executablePath)
  return playwright.launch({ executablePath, args: ['--no-sandbox'] })
}

/** The package unpacks only to TMPDIR, so it runs in its own process with another TMPDIR. */
async function unpack(folder: string): Promise<void> {
  const code = 'import chromium from "@sparticuz/chromium"; console.log(await chromium.executablePath())'
  const node = ['--input-type=module', '--eval', code]
  const { stdout } = await execa(process.execPath, node, { cwd: notebook, env: { TMPDIR: folder } })
  if (dirname(stdout) !== folder || basename(stdout) !== 'chromium')
    throw new Error(`@sparticuz/chromium unpacked to ${stdout} instead of ${folder}/chromium.`)
}

async function version(): Promise<string> {
  const json = join(notebook, 'node_modules/@sparticuz/chromium/package.json')
  return (await readJson(json, z.object({ version: z.string() }), 'Install the packages again: `pnpm install`.'))
    .version
}

async function checkLibraries(binary: string): Promise<void> {
  const { stdout } = await execa('ldd', [binary], { reject: false })
  const missing = [...(stdout ?? '').matchAll(/^\s*(\S+) => not found/gm)].map(match => match[1])
  if (missing.length === 0) return
  throw new Error(
    `Chromium cannot start: the system lacks ${missing.join(', ')}. On Debian or Ubuntu: apt-get install libnss3 libnspr4.`,
  )
}
