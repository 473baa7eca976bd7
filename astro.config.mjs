import { defineConfig } from 'astro/config'
import { classic } from './scripts/notebook/classicScript.ts'

const program = process.env.NIGHTSHIFT_SERVE

// Pages are files with relative links, so that they open from disk and under any path of any host.
export default defineConfig({
  srcDir: './site',
  publicDir: './site/public',
  trailingSlash: 'ignore',
  // A page lies where its source does: knobs/index.astro is knobs/index.html.
  // Some pages at a time: one waits for its files while another is drawn.
  build: { format: 'preserve', inlineStylesheets: 'always', concurrency: 8 },
  // White space as HTML means it: the formatter may break a line between two words.
  compressHTML: true,
  // `pnpm site --serve` names a folder for what it draws pages with that change.
  adapter: program ? (await import('./scripts/notebook/serve/integration.ts')).onDemand(program) : undefined,
  devToolbar: { enabled: false },
  // Loaded by Node as they are: jsdom reads files beside its own code.
  vite: { ssr: { external: ['jsdom', '@observablehq/plot', 'shiki'] }, plugins: [classic] },
})
