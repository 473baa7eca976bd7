/** Astro integration for `pnpm site --serve`: builds the same files, and a program that renders single pages. */
import { pathToFileURL } from 'node:url'
import type { AstroIntegration } from 'astro'

const name = 'nightshift-serve'

/** @param program output folder of the program */
export const onDemand = (program: string): AstroIntegration => ({
  name,
  hooks: {
    'astro:config:setup': ({ config, injectRoute, updateConfig }) => {
      const entrypoint = new URL('../../../site/live/page.astro', import.meta.url)
      injectRoute({ pattern: '/live', entrypoint, prerender: false })
      updateConfig({ build: { client: config.outDir, server: pathToFileURL(`${program}/`) } })
    },
    'astro:config:done': ({ setAdapter }) =>
      setAdapter({
        name,
        entrypointResolution: 'auto',
        serverEntrypoint: new URL('./render.ts', import.meta.url),
        adapterFeatures: { buildOutput: 'server' },
        supportedAstroFeatures: {
          staticOutput: 'stable',
          serverOutput: 'stable',
          hybridOutput: 'stable',
          sharpImageService: 'stable',
        },
      }),
  },
})
