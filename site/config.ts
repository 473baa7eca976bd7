/** What one build of the site is told. Pages import it as `virtual:site-config`; scripts/notebook/ hands it to Astro. */
import { join } from 'node:path'
import { z } from 'zod'
import { notebook, sessionsRoot } from '../scripts/lib/paths.ts'

export const siteConfigSchema = z.strictObject({
  /** Folder that holds the sessions. */
  sessions: z.string(),
  /** Folder that the pages go to. */
  out: z.string(),
  /** Path of the notebook's root on its host, with a slash at both ends. */
  base: z.string(),
  /** The whole public address; null where it is not known. */
  site: z.url().nullable(),
  /** Whether a search index is made for the pages. */
  searchable: z.boolean(),
  /** Folder for the program that draws single pages for `pnpm site --serve`; null without --serve. */
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
