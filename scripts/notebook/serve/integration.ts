/** The build for `pnpm site --serve`: the same files, and beside them a program that draws a page anew, for the server. */
import { pathToFileURL } from 'node:url'
import type { AstroIntegration } from 'astro'

const name = 'nightshift-serve'

/** @param program folder that the program is put into */
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
