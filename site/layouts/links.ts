/** The notebook's own links, in the masthead of every page. */

export const sections = [
  { name: 'Nights', href: 'index.html' },
  { name: 'Knobs', href: 'knobs/index.html' },
  { name: 'Compare', href: 'compare.html' },
  { name: 'Machines', href: 'machines.html' },
  { name: 'Ideas', href: 'ideas.html' },
  { name: 'Search', href: 'search.html' },
] as const

export type SectionName = (typeof sections)[number]['name']
