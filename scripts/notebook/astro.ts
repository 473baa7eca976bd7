/**
 * Runs Astro's build as its own process: `node astro.ts CONFIG`, where CONFIG is a SiteConfig as JSON, in a temporary
 * working directory. Its memory is freed before the search index is built.
 */
import { setFlagsFromString } from 'node:v8'
import { build } from 'astro'
import { siteConfigSchema } from '../../site/config.ts'
import { storeEntries } from '../../site/data/entryStore.ts'
import { readEntries } from '../../site/data/sessions.ts'
import { main } from '../lib/errors.ts'
import { notebook } from '../lib/paths.ts'
import { astroConfig } from './astroConfig.ts'

await main(async () => {
  const config = siteConfigSchema.parse(JSON.parse(process.argv[2] ?? ''))
  // With much free memory V8 lets the heap grow to several times the live data: half a gigabyte more at 10,000
  // experiments, for 5% less time. There is no hard limit, so a notebook of any size builds.
  setFlagsFromString('--heap-growing-percent=60')
  storeEntries(await readEntries(config.sessions))
  await build({
    ...astroConfig(config),
    configFile: false,
    root: notebook,
    cacheDir: process.cwd(),
    logLevel: 'error',
  })
})
