/** The links in the masthead of every page. */

/** Paths from here, e.g. "../pages/ideas.astro"; only the names are used; no page is loaded. */
const pages = Object.keys(import.meta.glob('../pages/**/*.astro', { query: '?raw' }))

const all = [
  { name: 'Sessions', href: 'index.html' },
  { name: 'Experiments', href: 'experiments.html' },
  { name: 'Knobs', href: 'knobs/index.html' },
  { name: 'Compare', href: 'compare.html' },
  { name: 'Machines', href: 'machines.html' },
  { name: 'Ideas', href: 'ideas.html' },
  { name: 'Search', href: 'search.html' },
] as const

export type SectionName = (typeof all)[number]['name']

/** The links whose page exists. */
export const sections = all.filter(({ href }) => pages.includes(`../pages/${href.replace('.html', '.astro')}`))
