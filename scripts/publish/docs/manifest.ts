/**
 * What `pnpm post --to docs` wrote to a folder, kept in the folder, so that it finds its pages again, leaves every other file
 * alone, and notices a page that a person edited. The file lies in a repository of others: nothing in it is believed.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import { readJsonIfThere } from '../../lib/files/read.ts'
import { frontMatters } from '../request.ts'
import { isOurs, pageFile } from './names.ts'

const text = z.string().max(1000)

const pageSchema = z.object({
  /** As in `Post`. */
  key: text,
  name: z.string().refine(name => isOurs(pageFile(name)), 'a page has another name'),
  title: text,
  /** The result in a sentence; "" where there is none. */
  answer: text,
  /** Day on which the session began, or the last of several. */
  date: z.iso.date().nullable(),
  /** About one session, or about several. */
  about: z.enum(['session', 'several']),
  /** Paths of its figures. */
  figures: z.string().refine(isOurs, 'no post writes such a figure').array().max(1000),
})
export type ListedPage = z.infer<typeof pageSchema>

const manifestSchema = z.object({
  schema: z.literal(1),
  frontMatter: z.enum(frontMatters),
  pages: pageSchema.array().max(10_000),
  /**
   * SHA-256 of each file as it was written, by its path in the folder; two while it is being replaced, so that after a kill
   * neither is taken for an edit.
   */
  files: z.record(
    z.string().refine(isOurs, 'no post writes such a file'),
    z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .array()
      .max(4),
  ),
})
export type Manifest = z.infer<typeof manifestSchema>

export const manifestFile = '.nightshift-docs.json'

/** null where nothing was posted to the folder. @throws {Failure} where the file is damaged */
export const readManifest = (folder: string): Promise<Manifest | null> =>
  readJsonIfThere(
    join(folder, manifestFile),
    manifestSchema,
    'Restore it from version control; or remove it and the pages that were posted here, and post them again.',
  )

export const hashOf = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex')
