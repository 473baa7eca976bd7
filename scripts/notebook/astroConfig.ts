/** Astro's configuration for one build. astro.config.mjs uses it with defaults for Astro's own commands. */
import type { AstroUserConfig } from 'astro'
import type { SiteConfig } from '../../site/config.ts'
import { classic } from './classicScript.ts'
import { onDemand } from './serve/integration.ts'

/** Pages use relative links, so that they open from disk and under any path of any host. */
export const astroConfig = (config: SiteConfig): AstroUserConfig => ({
  srcDir: './site',
  publicDir: './site/public',
  outDir: config.out,
  ...(config.site === null ? {} : { site: config.site }),
  trailingSlash: 'ignore',
  // Output paths follow source paths: knobs/index.astro becomes knobs/index.html. Pages render concurrently: one waits
  // for its files while another renders.
  build: { format: 'preserve', inlineStylesheets: 'always', concurrency: 8 },
  // Whitespace collapses as in HTML: the formatter may break a line between two words.
  compressHTML: true,
  // `pnpm site --serve` also builds a program that renders single pages, into this folder.
  ...(config.serve === null ? {} : { adapter: onDemand(config.serve) }),
  devToolbar: { enabled: false },
  vite: {
    // Not bundled: jsdom reads files next to its own code, and resvg is a binary.
    ssr: { external: ['jsdom', '@observablehq/plot', '@resvg/resvg-js', 'shiki'] },
    plugins: [classic, siteConfig(config)],
  },
})

const MODULE_NAME = 'virtual:site-config'

/** Vite plugin for `import config from 'virtual:site-config'`; its type is in site/env.d.ts. */
const siteConfig = (config: SiteConfig) => ({
  name: 'site-config',
  resolveId: (id: string): string | null => (id === MODULE_NAME ? `\0${MODULE_NAME}` : null),
  load: (id: string): string | null => (id === `\0${MODULE_NAME}` ? `export default ${JSON.stringify(config)}` : null),
})
