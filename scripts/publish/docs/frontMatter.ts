/** The head of a page, in the form that a generator of sites reads, and its title. Pure. */
import type { FrontMatter } from '../request.ts'
import { escapeText, inert } from './escape.ts'

export interface Head {
  title: string
  /** Shorter title, for Starlight's side bar. */
  label: string
  /** One sentence, for search engines and links; "" for none. */
  description: string
  /** "2026-11-21"; null: unknown. */
  date: string | null
  /** Place in Starlight's side bar, the smallest first. */
  order: number
}

/** @param body without a title */
export function withHead(form: FrontMatter, { title, label, description, date, order }: Head, body: string): string {
  const heading = `# ${escapeText(title)}\n\n`
  if (form === 'none') return `${heading}${body}`
  const lines = [
    `title: ${quoted(title)}`,
    ...(description === '' ? [] : [`description: ${quoted(description)}`]),
    ...(date === null ? [] : [`date: ${date}`]),
    // Templates (mkdocs-macros) would run what a description holds in double braces.
    ...(form === 'starlight'
      ? ['sidebar:', `  label: ${quoted(label)}`, `  order: ${order}`]
      : ['render_macros: false']),
  ]
  const head = `---\n${lines.join('\n')}\n---\n\n`
  // Starlight shows the title itself; MkDocs takes the page's heading for it.
  return form === 'starlight' ? `${head}${body}` : `${head}${heading}${body}`
}

/** A string of YAML in single quotes, where nothing but the quote has a meaning. */
const quoted = (text: string): string => `'${inert(text).replaceAll("'", "''")}'`

/** A link from one page of the folder to another. Starlight serves a page as a folder; the others resolve the file. */
export const linkTo = (form: FrontMatter, name: string, from: 'index' | 'page'): string => {
  if (form !== 'starlight') return `${name}.md`
  if (name === 'index') return '../'
  return from === 'index' ? `./${name}/` : `../${name}/`
}
