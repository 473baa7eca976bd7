/**
 * Light, dark or as the system has it. Runs in the head, before anything is painted; the choice is kept in this browser,
 * or, where it keeps nothing, for this page.
 */
import { one } from './dom.ts'

const key = 'nightshift-theme'

apply(stored())
// Another page of the notebook, open at the same time.
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
    // Private browsing: it holds until the page is left.
  }
}
