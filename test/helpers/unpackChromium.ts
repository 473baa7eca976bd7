/** Vitest's global set-up: the browser is unpacked before any worker starts it. */
import { chromiumPath } from '../../bench/site/chromium.ts'

export default async function setup(): Promise<void> {
  await chromiumPath()
}
