/** Vitest's global setup: unpacks the browser before any worker starts it. */
import { chromiumPath } from '../../bench/site/chromium.ts'

export default async function setup(): Promise<void> {
  await chromiumPath()
}
