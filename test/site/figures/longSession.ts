/** A page with only the frontier of a long session, whose full page takes a minute to build. */
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { escapeHtml } from '../../../scripts/lib/text.ts'
import { classic } from '../../../scripts/notebook/classicScript.ts'
import { frontierTips } from '../../../site/data/session/tips.ts'
import { view } from '../../../site/data/view.ts'
import { frontier } from '../../../site/figures/frontier/frontier.ts'
import { zoomText } from '../../../site/figures/frontier/zoom.ts'
import { tipsText } from '../../../site/figures/tips.ts'
import { policy } from '../../../site/layouts/policy.ts'
import { type SessionOptions, simulate } from '../../helpers/exampleSessions.ts'

/** The view of a simulated session. */
export const viewOf = (options: Omit<SessionOptions, 'id'>) =>
  view({
    kind: 'session',
    id: 'n',
    folder: '/n',
    digest: null,
    report: null,
    prose: null,
    ...simulate({ id: 'n', ...options }),
  })

/** HTML with the notebook's styles and policy, and the figure's two scripts. */
export async function longSession(v: ReturnType<typeof viewOf>): Promise<string> {
  const names = ['tokens', 'page', 'figures', 'narrow', 'print']
  const styles = await Promise.all(names.map(name => readFile(join('site/styles', `${name}.css`), 'utf8')))
  const scripts = [await bundled('site/scripts/tip.ts'), await bundled('site/scripts/zoom.ts')]
  const attributes = { tips: tipsText(frontierTips(v, '')), zoom: zoomText(v.frontierData) }
  const data = Object.entries(attributes).flatMap(([name, text]) =>
    text === undefined ? [] : `data-${name}="${escapeHtml(text)}"`,
  )
  return `<!doctype html><html lang="en"><head><meta charset="utf-8" />
<meta http-equiv="Content-Security-Policy" content="${policy(styles.join(''), scripts)}" />
<meta name="viewport" content="width=device-width, initial-scale=1" /><link rel="icon" href="data:," />
<title>A long session</title><style>${styles.join('')}</style></head><body><main><h1>A long session</h1>
<figure ${data.join(' ')}>${frontier(v.frontierData)}<figcaption>The best so far. <a href="#data">data</a></figcaption></figure>
</main>${scripts.map(script => `<script>${script}</script>`).join('')}</body></html>`
}

async function bundled(path: string): Promise<string> {
  const module = await classic.load(`${resolve(path)}?classic`)
  return JSON.parse(module?.slice('export default '.length) ?? '""')
}
