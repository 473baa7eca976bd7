/** The search index of built pages, in `pagefind/`: made and read by pagefind. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { arch, platform } from 'node:os'
import { dirname, join } from 'node:path'
import { close, createIndex, type PagefindIndex } from 'pagefind'
import { command } from '../lib/command.ts'
import { Failure } from '../lib/errors.ts'
import { sanitizeText } from '../lib/text.ts'

/** The files of pagefind that the search page loads; the others are user interfaces. */
const USED_FILES =
  /^(?:pagefind\.js|pagefind-worker\.js|pagefind-entry\.json|wasm\.[\w-]+\.pagefind|pagefind\.[\w-]+\.pf_meta|(?:fragment|index|filter)\/.*)$/

const options = {
  forceLanguage: 'en',
  keepIndexUrl: true,
  // Treat MATRIX_LR as one word.
  includeCharacters: '_',
  // Pages of a large notebook share fragments; otherwise there would be one file per page.
  maxFragments: 1000,
  // Excluded: tables of numbers and links, which make poor excerpts; the ledger, which repeats all descriptions;
  // unchanged diff lines and logs, which would add 50% memory.
  excludeSelectors: ['.facts', '.kicker', '.neighbours', '.ledger', 'figure', '.log', '.diff .line', '.diff .same'],
}

export type Search =
  /** `write` indexes built pages and returns their number. */
  | { kind: 'ready'; write: (out: string) => Promise<number> }
  /** pagefind does not start on this machine. */
  | { kind: 'missing'; why: string }

/** Starts pagefind, whose binary npm provides for common platforms only; on others the notebook has no search. */
export async function openSearch(): Promise<Search> {
  try {
    const { index, errors } = await createIndex(options)
    if (!index) throw new Error(errors.join('; '))
    return { kind: 'ready', write: out => write(index, out) }
  } catch (error) {
    // First line only; the rest is about reporting bugs to pagefind.
    const why = sanitizeText(String(error instanceof Error ? error.message : error).split('\n')[0] ?? '', 300)
    return {
      kind: 'missing',
      why: `pagefind does not start on ${platform()}-${arch()}: ${why}`,
    }
  }
}

async function write(index: PagefindIndex, out: string): Promise<number> {
  const words = `${out}-words`
  try {
    copyWords(out, words)
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

/**
 * Copies the pages of the sessions without what holds no words: pagefind then reads them in a third of the time.
 * Synchronous: with ten thousand small files promises take longer than the files.
 */
function copyWords(out: string, words: string): void {
  mkdirSync(words)
  const folder = join(out, 'sessions')
  if (!existsSync(folder)) return
  let made = ''
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.html')) continue
    const to = join(words, 'sessions', name)
    if (dirname(to) !== made) {
      made = dirname(to)
      mkdirSync(made, { recursive: true })
    }
    writeFileSync(to, wordsOf(readFileSync(join(folder, name), 'utf8')))
  }
}

/** A page without styles, scripts and figures, which the index leaves out as a whole. */
const wordsOf = (page: string): string => page.replace(/<(style|script|figure|svg)\b.*?<\/\1>/gs, '')

const indexFailure = (errors: string[]): Failure =>
  new Failure(
    `The search index was not made: ${errors.join('; ')}.`,
    `The earlier pages are unchanged; run \`${command('site')}\` again.`,
  )
