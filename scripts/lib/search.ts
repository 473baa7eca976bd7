/** The search index of built pages, in `pagefind/` beside them: made by pagefind's own program, read by its script. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { close, createIndex } from 'pagefind'
import { Failure } from './errors.ts'

/** Of what pagefind brings, the search page loads these; the rest are interfaces of its own that no page uses. */
const used =
  /^(?:pagefind\.js|pagefind-worker\.js|pagefind-entry\.json|wasm\.[\w-]+\.pagefind|pagefind\.[\w-]+\.pf_meta|(?:fragment|index|filter)\/.*)$/

const options = {
  forceLanguage: 'en',
  keepIndexUrl: true,
  // MATRIX_LR is one word.
  includeCharacters: '_',
  // A large notebook's pages share files of words, or there would be one for each page.
  maxFragments: 1000,
  // Numbers and links in columns read as nonsense in an excerpt, and the ledger has every experiment's words again.
  excludeSelectors: ['.facts', '.kicker', '.turn', '.ledger', 'figure', '.diff .line'],
}

/** @param out folder of the built pages @returns how many pages the search knows */
export async function writeSearchIndex(out: string): Promise<number> {
  try {
    const { index, errors } = await createIndex(options)
    if (!index) throw trouble(errors)
    const added = await index.addDirectory({ path: out, glob: 'sessions/**/*.html' })
    if (added.errors.length > 0) throw trouble(added.errors)
    const { files, errors: unwritten } = await index.getFiles()
    if (unwritten.length > 0) throw trouble(unwritten)
    for (const { path, content } of files.filter(file => used.test(file.path))) {
      const to = join(out, 'pagefind', path)
      await mkdir(dirname(to), { recursive: true })
      await writeFile(to, content)
    }
    return added.page_count
  } finally {
    await close()
  }
}

const trouble = (errors: string[]): Failure =>
  new Failure(`The search index was not made: ${errors.join('; ')}.`, 'The other pages are whole; run pnpm site again.')
