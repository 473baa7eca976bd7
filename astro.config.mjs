import { defineConfig } from 'astro/config'
import { astroConfig } from './scripts/notebook/astroConfig.ts'
import { siteDefaults } from './site/config.ts'
import { storeEntries } from './site/data/entryStore.ts'
import { readEntries } from './site/data/sessions.ts'

storeEntries(await readEntries(siteDefaults.sessions))

export default defineConfig(astroConfig(siteDefaults))
