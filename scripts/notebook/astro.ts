/**
 * Astro's build, as a program of its own: `node astro.ts OUT [ADDRESS]`, in a working directory of its own and with the
 * environment that site/ and astro.config.mjs read. Its memory is free before the search index is made.
 */
import { setFlagsFromString } from 'node:v8'
import { build } from 'astro'
import { main } from '../lib/errors.ts'
import { notebook } from '../lib/paths.ts'

await main(async () => {
  const [outDir = '', site] = process.argv.slice(2)
  // V8 lets a heap grow to several times of what is in use where the machine has room: at 10,000 experiments half a
  // gigabyte more, for a twentieth of the time. No limit is set, so a notebook of any size can be built.
  setFlagsFromString('--heap-growing-percent=60')
  await build({ root: notebook, outDir, cacheDir: process.cwd(), ...(site ? { site } : {}), logLevel: 'error' })
})
