/**
 * Theme: light, dark or the system's. Runs in the head, before the first paint. The choice is stored in localStorage;
 * where that is not available it holds for this page.
 */
import { one } from './dom.ts'

const key = 'nightshift-theme'

apply(stored())
// Follows the choice on another open page of the notebook.
addEventListener('storage', event => {
  if (event.key === key) apply(event.newValue)
})
addEventListener('DOMContentLoaded', offerChoice)

function offerChoice(): void {
  const control = one('.theme')
  const select = one('select', control)
  select.value = document.documentElement.dataset.theme ?? 'system'
  control.hidden = false
  select.addEventListener('change', () => {
    apply(select.value)
    store(select.value)
  })
}

function apply(theme: string | null): void {
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
  else delete document.documentElement.dataset.theme
}

function stored(): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

function store(theme: string): void {
  try {
    localStorage.setItem(key, theme)
  } catch {
    // Private browsing: the choice holds until the page is left.
  }
}
