import { defineConfig } from 'astro/config'
import { astroConfig } from './scripts/notebook/astroConfig.ts'
import { siteDefaults } from './site/config.ts'

export default defineConfig(astroConfig(siteDefaults))
