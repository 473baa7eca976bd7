// Light, dark or as the system has it. Runs in the head, before anything is painted; the choice is kept in this browser,
// or, where it keeps nothing, for this page.
{
  const key = 'nightshift-theme'
  const apply = theme => {
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
    else delete document.documentElement.dataset.theme
  }
  const stored = () => {
    try {
      return localStorage.getItem(key)
    } catch {
      return null
    }
  }
  apply(stored())
  // Another page of the notebook, open at the same time.
  addEventListener('storage', event => event.key === key && apply(event.newValue))
  addEventListener('DOMContentLoaded', () => {
    const control = document.querySelector('.theme')
    const select = control.querySelector('select')
    select.value = document.documentElement.dataset.theme ?? 'system'
    control.hidden = false
    select.addEventListener('change', () => {
      apply(select.value)
      try {
        localStorage.setItem(key, select.value)
      } catch {
        // Private browsing: it holds until the page is left.
      }
    })
  })
}
