/** `pnpm bench site`: build time and memory by notebook size, page weights and page quality. */
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { notebook } from '../../scripts/lib/paths.ts'
import { measureProgram } from '../measured.ts'
import { writeNotebook } from './notebooks.ts'
import { measurePages, type PageRow } from './pages.ts'

/** A notebook size and its limits; null: no limit. */
interface Size {
  experiments: number
  sessionPages: number
  maxSeconds: number | null
  maxMb: number | null
}

/** One session; a week on one machine; a year; a year as one session, without limits. */
const SIZES: Size[] = [
  { experiments: 126, sessionPages: 1, maxSeconds: 10, maxMb: null },
  { experiments: 910, sessionPages: 1, maxSeconds: 30, maxMb: null },
  { experiments: 10_000, sessionPages: 40, maxSeconds: 120, maxMb: 2048 },
  { experiments: 10_000, sessionPages: 1, maxSeconds: null, maxMb: null },
]

/** Largest compressed size of a page with everything it loads, in bytes. */
const MAX_HOME_BYTES = 150_000
const MAX_SESSION_BYTES = 300_000

export interface BuildRow extends Size {
  seconds: number
  cpuSeconds: number
  peakMb: number
  pages: number
  diskMb: number
  home: number
  /** Bytes of the heaviest session page. */
  session: number
  /** Wall and CPU seconds of Shiki alone on the same patches: a lower bound for pages with diffs. */
  shiki: { seconds: number; cpuSeconds: number }
}

interface Options {
  experiments?: number
  seed?: number
  json?: boolean
}

export async function benchSite({ experiments, seed = 1, json = false }: Options): Promise<void> {
  const chosen = experiments === undefined ? SIZES : SIZES.filter(s => s.experiments === experiments)
  const asked = chosen.length > 0 ? chosen : [sizeOf(experiments ?? 0)]
  const root = await mkdtemp(join(tmpdir(), 'nightshift-bench-'))
  const print = (line: string) => process.stdout.write(json ? '' : `${line}\n`)
  const rows: BuildRow[] = []
  let pages: PageRow[] = []
  try {
    print(buildHead)
    for (const size of asked) {
      const [sessions, out] = [join(root, 'sessions'), join(root, 'out')]
      await writeNotebook(sessions, size.experiments, size.sessionPages, seed)
      rows.push(await build(size, sessions, out))
      print(buildText(rows.at(-1) as BuildRow))
      if (rows.length === 1) pages = await measurePages(out)
      await Promise.all([sessions, out].map(folder => rm(folder, { recursive: true })))
    }
    print(`\n${pagesHead}`)
    for (const page of pages) print(pageText(page))
    if (json)
      process.stdout.write(
        `${JSON.stringify({ rows, pages, limits: { maxHome: MAX_HOME_BYTES, maxSession: MAX_SESSION_BYTES } })}\n`,
      )
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

const sizeOf = (experiments: number): Size => ({ experiments, sessionPages: 1, maxSeconds: null, maxMb: null })

async function build(size: Size, sessions: string, out: string): Promise<BuildRow> {
  const script = join(notebook, 'scripts/site.ts')
  const { seconds, cpuSeconds, peakMb } = await measureProgram(process.execPath, [
    script,
    '--sessions',
    sessions,
    '--out',
    out,
    '--json',
  ])
  const shiki = await measureProgram(process.execPath, [join(import.meta.dirname, 'diffs.ts'), sessions])
  const names = await readdir(out, { recursive: true, withFileTypes: true })
  const files = names.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  const bytes = await Promise.all(files.map(async file => (await stat(file)).size))
  const sessionPages = files.filter(file => /\/sessions\/[^/]+\.html$/.test(file.slice(out.length)))
  return {
    ...size,
    seconds,
    cpuSeconds,
    peakMb,
    pages: files.filter(file => file.endsWith('.html')).length,
    diskMb: bytes.reduce((sum, b) => sum + b, 0) / 1e6,
    home: await weight(join(out, 'index.html')),
    session: Math.max(...(await Promise.all(sessionPages.map(weight)))),
    shiki: { seconds: shiki.seconds, cpuSeconds: shiki.cpuSeconds },
  }
}

/** Bytes of a page with everything it loads, each file compressed. */
async function weight(path: string): Promise<number> {
  const html = await readFile(path, 'utf8')
  const loads =
    /<(?:script|img|iframe|source)\b[^>]*?\ssrc="([^"]+)"|<link\b[^>]*?rel="(?:stylesheet|preload)"[^>]*?href="([^"]+)"/g
  const names = [...html.matchAll(loads)].map(([, source, style]) => source ?? style ?? '')
  const files = names.filter(name => !name.startsWith('data:')).map(name => join(path, '..', name))
  const sizes = await Promise.all(files.map(async file => gzipped(await readFile(file))))
  return sizes.reduce((sum, size) => sum + size, gzipped(Buffer.from(html)))
}

const gzipped = (content: Buffer): number => gzipSync(content, { level: 9 }).length

const buildHead = `experiments  sessions      time (limit)  processor  Shiki alone  memory (limit)  pages    disk  home (${MAX_HOME_BYTES / 1000} kB)  session (${MAX_SESSION_BYTES / 1000} kB)`

const buildText = (r: BuildRow): string =>
  [
    String(r.experiments).padStart(11),
    String(r.sessionPages).padStart(7),
    `${r.seconds.toFixed(1)} s (${r.maxSeconds ?? 'none'})`.padStart(17),
    `${r.cpuSeconds.toFixed(1)} s`.padStart(10),
    `${r.shiki.cpuSeconds.toFixed(1)} s`.padStart(12),
    `${r.peakMb.toFixed(0)} MB (${r.maxMb ?? 'none'})`.padStart(15),
    String(r.pages).padStart(6),
    `${r.diskMb.toFixed(0)} MB`.padStart(7),
    `${(r.home / 1000).toFixed(0)} kB`.padStart(13),
    `${(r.session / 1000).toFixed(0)} kB`.padStart(16),
  ].join(' ')

const pagesHead =
  'page         performance  accessibility  best practices  SEO (95 each)  axe light, dark (0)     weight  lost'

const pageText = (p: PageRow): string =>
  [
    p.page.padEnd(12),
    ...[p.performance, p.accessibility, p.bestPractices, p.seo].map((s, i) =>
      String(s ?? '?').padStart([11, 14, 15, 14][i] ?? 9),
    ),
    `${p.axe.light.length}, ${p.axe.dark.length}`.padStart(20),
    `${(p.weight / 1000).toFixed(0)} kB`.padStart(10),
    ` ${[...p.lost, ...p.axe.light, ...p.axe.dark].join(' ')}`,
  ].join(' ')
