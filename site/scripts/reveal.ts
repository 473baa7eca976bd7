/** Opens the folded part that the address names: a browser alone may only scroll to its closed title. */
function reveal(): void {
  const target = document.getElementById(location.hash.slice(1))
  const part = target?.closest('details')
  if (!part) return
  part.open = true
  part.scrollIntoView()
}

addEventListener('hashchange', reveal)
// A second click on the same link changes no address.
document.addEventListener('click', event => {
  const link = (event.target as Element).closest('a')
  if (link && location.hash !== '' && link.getAttribute('href') === location.hash) reveal()
})
reveal()

export {}
