/**
 * The comparison's choices. What compares other sessions than the page was built with is large, so it is loaded when it is
 * wanted: when something is chosen, or when the address names a set.
 */
import { one } from './dom.ts'

const pick = one('.compare .pick')
pick.hidden = false
pick.addEventListener('toggle', load)
addEventListener('hashchange', loadNamed)
loadNamed()
// The figure that was not shown until now has its tips from now on.
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
    one('.compare .note').textContent = 'compare.js, which lies beside this page, could not be read.'
  })
  document.head.append(script)
}
