/**
 * Shows the entries of a list or table that match every choice, and in the page's contents their links. An entry has
 * data-choose, JSON of choice → value.
 * Without scripts all entries are shown, without the choices.
 */
import { one } from './dom.ts'

for (const form of document.querySelectorAll<HTMLFormElement>('form[data-chooses]')) {
  const apply = () => showChosen(form)
  form.addEventListener('change', apply)
  // On the way back from another page the browser restores the choices.
  addEventListener('pageshow', apply)
  // A live page was updated.
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
  followContents()
  const shown = entries.filter(entry => !entry.hidden).length
  one('output', form).textContent = shown === entries.length ? '' : `${shown} of ${entries.length}`
}

/** Hides the links of the contents whose section is hidden. */
function followContents(): void {
  for (const link of document.querySelectorAll('.contents a')) {
    const section = document.getElementById(link.getAttribute('href')?.slice(1) ?? '')
    const item = link.closest('li')
    if (item) item.hidden = section?.hidden ?? false
  }
}
