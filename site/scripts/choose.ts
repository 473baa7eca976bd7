/**
 * Shows the entries of a list or table that fit every choice. An entry has data-choose, JSON of choice → value; without
 * scripts all are shown and the choices are not.
 */
import { one } from './dom.ts'

for (const form of document.querySelectorAll<HTMLFormElement>('form[data-chooses]')) {
  const apply = () => showChosen(form)
  form.addEventListener('change', apply)
  // Back from a session, the browser has set the choices as they were.
  addEventListener('pageshow', apply)
  // The page has brought itself up to date while a session runs.
  document.addEventListener('nightshift:changed', apply)
  form.hidden = false
}

function showChosen(form: HTMLFormElement): void {
  const choices = [...form.querySelectorAll('select')]
  const list = document.getElementById(form.dataset.chooses ?? '')
  const entries = [...(list?.querySelectorAll<HTMLElement>('[data-choose]') ?? [])]
  for (const entry of entries) {
    const values: Record<string, string> = JSON.parse(entry.dataset.choose ?? '{}')
    entry.hidden = !choices.every(({ name, value }) => value === '' || values[name] === value)
  }
  const shown = entries.filter(entry => !entry.hidden).length
  one('output', form).textContent = shown === entries.length ? '' : `${shown} of ${entries.length}`
}
