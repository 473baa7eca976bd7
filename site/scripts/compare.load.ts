/**
 * Loads the comparison's code when it is needed: when the reader opens the choices, or when the URL hash selects
 * sessions. It is too large for every page view.
 */
import { one } from './dom.ts'

const pick = one('.compare .pick')
pick.hidden = false
pick.addEventListener('toggle', load)
// Open from the beginning where no sessions are compared yet.
if (pick.hasAttribute('open')) load()
addEventListener('hashchange', loadNamed)
loadNamed()
// The figure of the chosen axis becomes visible and needs its tooltips.
one('.compare .axes').addEventListener('change', () => document.dispatchEvent(new Event('nightshift:changed')))

function loadNamed(): void {
  if (location.hash.startsWith('#s=')) load()
}

function load(): void {
  if (document.getElementById('compare-code')) return
  const script = document.createElement('script')
  script.id = 'compare-code'
  script.src = 'compare.js'
  script.addEventListener('error', () => {
    one('.compare .note').textContent = 'compare.js, which belongs beside this page, could not be read.'
  })
  document.head.append(script)
}
