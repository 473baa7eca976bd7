/** The browser: unpacked once for all runs, whole or not at all, since two slots may be the first at the same time. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import chromium from '@sparticuz/chromium'
import { chromium as playwright } from 'playwright-core'

/** A Chromium of its own for this run. */
export async function launch() {
  // The package's path names its version: another version is another browser.
  const version = createHash('sha256')
    .update(import.meta.resolve('@sparticuz/chromium'))
    .digest('hex')
    .slice(0, 8)
  const home = join(tmpdir(), `nightshift-chromium-${version}`)
  if (!existsSync(home)) {
    const own = await mkdtemp(`${home}-`)
    await unpacked(own)
    // Another run may have been faster: then its folder is as good.
    await rename(own, home).catch(() => rm(own, { recursive: true }))
  }
  return playwright.launch({ executablePath: await unpacked(home), args: ['--no-sandbox'] })
}

/** Path of the program in a folder; unpacks it there when it is not. The package knows a place only by TMPDIR. */
async function unpacked(folder) {
  const before = process.env.TMPDIR
  process.env.TMPDIR = folder
  try {
    return await chromium.executablePath()
  } finally {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
  }
}
