/**
 * Astro's build, as a program of its own: `node astro.ts CONFIG`, a SiteConfig as JSON, in a working directory of its own.
 * Its memory is free before the search index is made.
 */
import { setFlagsFromString } from 'node:v8'
import { build } from 'astro'
import { siteConfigSchema } from '../../site/config.ts'
import { main } from '../lib/errors.ts'
import { notebook } from '../lib/paths.ts'
import { astroConfig } from './astroConfig.ts'

await main(async () => {
  const config = siteConfigSchema.parse(JSON.parse(process.argv[2] ?? ''))
  // V8 lets a heap grow to several times of what is in use where the machine has room: at 10,000 experiments half a
  // gigabyte more, for a twentieth of the time. No limit is set, so a notebook of any size can be built.
  setFlagsFromString('--heap-growing-percent=60')
  await build({
    ...astroConfig(config),
    configFile: false,
    root: notebook,
    cacheDir: process.cwd(),
    logLevel: 'error',
  })
})
