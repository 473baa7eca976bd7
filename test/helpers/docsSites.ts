/** Builds a folder of docs with the generators that teams use: Starlight, and MkDocs with the Material theme. */
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { JSDOM } from 'jsdom'
import { notebook } from '../../scripts/lib/paths.ts'
import { type Finished, scratch } from './throwaway.ts'

/** Python with what trainer/requirements-dev.txt lists. */
const python = process.env.TRAINER_PYTHON ?? join(notebook, 'trainer/.venv/bin/python')

/** Why MkDocs cannot run here, with the command that installs it; null where it can. */
export async function mkdocsMissing(): Promise<string | null> {
  const { failed } = await execa(python, ['-c', 'import mkdocs, material'], { reject: false })
  return failed ? `MkDocs is not installed: ${python} -m pip install -r trainer/requirements-dev.txt` : null
}

/** @param config mkdocs.yml @param pages folder that becomes docs/reports @returns the folder of the built site */
export async function buildMkDocs(config: string, pages: string, finished: Finished): Promise<string> {
  const root = await scratch(finished)
  await cp(pages, join(root, 'docs/reports'), { recursive: true })
  await writeFile(join(root, 'docs/index.md'), '# Docs\n\n[Sessions](reports/index.md)\n')
  await writeFile(join(root, 'mkdocs.yml'), config)
  await execa(python, ['-m', 'mkdocs', 'build', '--strict'], { cwd: root, env: { NO_MKDOCS_2_WARNING: '1' } })
  return join(root, 'site')
}

/** @param pages folder that becomes src/content/docs/reports @returns the folder of the built site */
export async function buildStarlight(pages: string, finished: Finished): Promise<string> {
  // Inside the notebook, so that its packages are found.
  await mkdir(join(notebook, '.astro'), { recursive: true })
  const root = await mkdtemp(join(notebook, '.astro/docs-'))
  finished(() => rm(root, { recursive: true, force: true }))
  const files = {
    // Vite bundles the packages that are named here.
    'package.json': JSON.stringify({ type: 'module', dependencies: { astro: '*', '@astrojs/starlight': '*' } }),
    // Pictures are SVG, which need no image library.
    'astro.config.mjs': `import starlight from '@astrojs/starlight'
import { defineConfig, passthroughImageService } from 'astro/config'
export default defineConfig({
  image: { service: passthroughImageService() },
  integrations: [starlight({ title: 'Docs', pagefind: false })],
})
`,
    'src/content.config.ts': `import { defineCollection } from 'astro:content'
import { docsLoader } from '@astrojs/starlight/loaders'
import { docsSchema } from '@astrojs/starlight/schema'
export const collections = { docs: defineCollection({ loader: docsLoader(), schema: docsSchema() }) }
`,
    'src/content/docs/index.md': '---\ntitle: Docs\n---\n\n[Sessions](./reports/)\n',
  }
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true })
    await writeFile(join(root, name), text)
  }
  await cp(pages, join(root, 'src/content/docs/reports'), { recursive: true })
  const astro = join(notebook, 'node_modules/astro/bin/astro.mjs')
  await execa(process.execPath, [astro, 'build'], { cwd: root, env: { ASTRO_TELEMETRY_DISABLED: '1' } })
  return join(root, 'dist')
}

/** The text of a page that a person wrote, as the generator shows it. @param content selector of it */
export async function readPage(path: string, content: string): Promise<{ document: Document; content: Element }> {
  const { document } = new JSDOM(await readFile(path, 'utf8')).window
  const found = document.querySelector(content)
  if (!found) throw new Error(`${path} has no ${content}`)
  return { document, content: found }
}

/** Addresses of links and pictures in a page that lead to nothing in the built site. */
export function deadAddresses(site: string, path: string, content: Element): string[] {
  const all = [...content.querySelectorAll('a[href], img[src]')].map(
    e => e.getAttribute('href') ?? e.getAttribute('src') ?? '',
  )
  return all.filter(address => {
    const url = new URL(address, `https://site.invalid/${path.replace(/index\.html$/, '')}`)
    if (url.host !== 'site.invalid') return true
    const file = decodeURIComponent(url.pathname)
    return !existsSync(join(site, file.endsWith('/') ? `${file}index.html` : file))
  })
}
