/** The links in the masthead of every page. */

/** Paths from here, e.g. "../pages/ideas.astro". Only the names are used; no page is loaded. */
const pages = Object.keys(import.meta.glob('../pages/** The links whose page exists. */
export const sections = all.filter(({ href }) => pages.includes(`../pages/${href.replace('.html', '.astro')}`))
