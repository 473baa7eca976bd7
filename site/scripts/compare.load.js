// The comparison's choices. What compares other nights than the page was built with is large, so it is loaded when it is
// wanted: when something is chosen, or when the address names a set.
{
  const load = () => {
    if (document.getElementById('compare-code')) return
    const script = document.createElement('script')
    script.id = 'compare-code'
    script.src = 'compare.js'
    script.addEventListener('error', () => {
      document.querySelector('.compare .note').textContent =
        'compare.js, which lies beside this page, could not be read.'
    })
    document.head.append(script)
  }
  const pick = document.querySelector('.compare .pick')
  pick.hidden = false
  pick.addEventListener('toggle', load)
  const named = () => location.hash.startsWith('#s=') && load()
  addEventListener('hashchange', named)
  named()
  // The figure that was not shown until now has its tips from now on.
  document
    .querySelector('.compare .axes')
    .addEventListener('change', () => document.dispatchEvent(new Event('nightshift:changed')))
}
