/**
 * Settings of one build of the site. Pages import it as `virtual:site-config`; scripts/notebook/ passes it to Astro.
 */
import { join } from 'node:path'
import { z } from 'zod'
import { notebook, sessionsRoot } from '../scripts/lib/paths.ts'

export const siteConfigSchema = z.strictObject({
  /** Folder of the sessions. */
  sessions: z.string(),
  /** Output folder of the pages. */
  out: z.string(),
  /** URL path of the notebook's root, with a slash at both ends. */
  base: z.string(),
  /** Public URL; null where it is not known. */
  site: z.url().nullable(),
  /** Whether to build a search index. */
  searchable: z.boolean(),
  /** Folder for the renderer of single pages that `pnpm site --serve` uses; null without --serve. */
  serve: z.string().nullable(),
})
export type SiteConfig = z.infer<typeof siteConfigSchema>

/** For Astro's own commands, such as `astro check` and `astro dev`. */
export const siteDefaults: SiteConfig = {
  sessions: sessionsRoot,
  out: join(notebook, 'dist'),
  base: '/',
  site: null,
  searchable: true,
  serve: null,
}
