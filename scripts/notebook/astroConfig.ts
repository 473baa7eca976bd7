/** Astro's configuration for one build of the site. astro.config.mjs has it with defaults, for Astro's own commands. */
import type { AstroUserConfig } from 'astro'
import type { SiteConfig } from '../../site/config.ts'
import { classic } from './classicScript.ts'
import { onDemand } from './serve/integration.ts'

/** Pages are files with relative links, so that they open from disk and under any path of any host. */
export const astroConfig = (config: SiteConfig): AstroUserConfig => ({
  srcDir: './site',
  publicDir: './site/public',
  outDir: config.out,
  ...(config.site === null ? {} : { site: config.site }),
  trailingSlash: 'ignore',
  // A page lies where its source does: knobs/index.astro is knobs/index.html.
  // Some pages at a time: one waits for its files while another is drawn.
  build: { format: 'preserve', inlineStylesheets: 'always', concurrency: 8 },
  // White space as HTML means it: the formatter may break a line between two words.
  compressHTML: true,
  // `pnpm site --serve` names a folder for what it draws pages with that change.
  ...(config.serve === null ? {} : { adapter: onDemand(config.serve) }),
  devToolbar: { enabled: false },
  vite: {
    // Loaded by Node as they are: jsdom reads files beside its own code.
    ssr: { external: ['jsdom', '@observablehq/plot', 'shiki'] },
    plugins: [classic, siteConfig(config)],
  },
})

const MODULE_NAME = 'virtual:site-config'

/** For Vite: `import config from 'virtual:site-config'`; site/env.d.ts has its type. */
const siteConfig = (config: SiteConfig) => ({
  name: 'site-config',
  resolveId: (id: string): string | null => (id === MODULE_NAME ? `\0${MODULE_NAME}` : null),
  load: (id: string): string | null => (id === `\0${MODULE_NAME}` ? `export default ${JSON.stringify(config)}` : null),
})
