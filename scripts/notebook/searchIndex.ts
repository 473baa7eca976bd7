/** The search index of built pages, in `pagefind/` beside them: made by pagefind's own program, read by its script. */

import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { arch, platform } from 'node:os'
import { dirname, join } from 'node:path'
import { close, createIndex, type PagefindIndex } from 'pagefind'
import { command } from '../lib/command.ts'
import { Failure } from '../lib/errors.ts'
import { ifThere } from '../lib/read.ts'
import { sanitizeText } from '../lib/text.ts'

/** Of what pagefind brings, the search page loads these; the rest are interfaces of its own that no page uses. */
const USED_FILES =
  /^(?:pagefind\.js|pagefind-worker\.js|pagefind-entry\.json|wasm\.[\w-]+\.pagefind|pagefind\.[\w-]+\.pf_meta|(?:fragment|index|filter)\/.*)$/

const options = {
  forceLanguage: 'en',
  keepIndexUrl: true,
  // MATRIX_LR is one word.
  includeCharacters: '_',
  // A large notebook's pages share files of words, or there would be one for each page.
  maxFragments: 1000,
  // Numbers and links in columns read as nonsense in an excerpt, and the ledger has every experiment's words again. Of a
  // diff the changed lines are its words. Logs and the lines around would take half as much memory again.
  excludeSelectors: ['.facts', '.kicker', '.neighbours', '.ledger', 'figure', '.log', '.diff .line', '.diff .same'],
}

export type Search =
  /** `write` indexes built pages and returns how many. */
  | { kind: 'ready'; write: (out: string) => Promise<number> }
  /** pagefind does not start here. */
  | { kind: 'missing'; why: string }

/**
 * Starts pagefind's program, which npm brings for the usual machines only: elsewhere the notebook goes without a search.
 */
export async function openSearch(): Promise<Search> {
  try {
    const { index, errors } = await createIndex(options)
    if (!index) throw new Error(errors.join('; '))
    return { kind: 'ready', write: out => write(index, out) }
  } catch (error) {
    // Its first line; the rest tells how to report it to others.
    const why = sanitizeText(String(error instanceof Error ? error.message : error).split('\n')[0] ?? '', 300)
    return {
      kind: 'missing',
      why: `pagefind, which makes its index, does not start on ${platform()}-${arch()}: ${why}`,
    }
  }
}

async function write(index: PagefindIndex, out: string): Promise<number> {
  const words = `${out}-words`
  try {
    await mkdir(words)
    for (const name of (await ifThere(readdir(join(out, 'sessions'), { recursive: true }))) ?? [])
      if (name.endsWith('.html')) await copyWords(join(out, 'sessions', name), join(words, 'sessions', name))
    const added = await index.addDirectory({ path: words, glob: '**/*.html' })
    if (added.errors.length > 0) throw indexFailure(added.errors)
    const { files, errors } = await index.getFiles()
    if (errors.length > 0) throw indexFailure(errors)
    for (const { path, content } of files.filter(file => USED_FILES.test(file.path))) {
      const to = join(out, 'pagefind', path)
      await mkdir(dirname(to), { recursive: true })
      await writeFile(to, content)
    }
    return added.page_count
  } finally {
    await close()
    await rm(words, { recursive: true, force: true })
  }
}

/** A page without what holds no words, which is most of it: pagefind reads the rest in a third of the time. */
async function copyWords(from: string, to: string): Promise<void> {
  const page = await readFile(from, 'utf8')
  await mkdir(dirname(to), { recursive: true })
  await writeFile(to, page.replace(/<(style|script|svg)\b.*?<\/\1>/gs, ''))
}

const indexFailure = (errors: string[]): Failure =>
  new Failure(
    `The search index was not made: ${errors.join('; ')}.`,
    `The pages before are as they were; run \`${command('site')}\` again.`,
  )
