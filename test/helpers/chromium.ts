/** Chromium from npm alone. A machine without the system libraries it needs gets one error that names them. */

import chromium from '@sparticuz/chromium'
import { execa } from 'execa'
import { type Browser, chromium as playwright } from 'playwright-core'

/** @throws {Error} naming the missing libraries when the binary cannot load. */
export async function launch(): Promise<Browser> {
  const executablePath = await chromium.executablePath()
  await checkLibraries(executablePath)
  return playwright.launch({ executablePath, args: ['--no-sandbox'] })
}

async function checkLibraries(binary: string): Promise<void> {
  const { stdout } = await execa('ldd', [binary], { reject: false })
  const missing = [...(stdout ?? '').matchAll(/^\s*(\S+) => not found/gm)].map(match => match[1])
  if (missing.length === 0) return
  throw new Error(
    `Chromium cannot start: the system lacks ${missing.join(', ')}. On Debian or Ubuntu: apt-get install libnss3 libnspr4.`,
  )
}
