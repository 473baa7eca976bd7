/**
 * Adds a button to every command and block of code that copies it. Without scripts there are no buttons. A command within
 * a sentence is recognised by its first words.
 */
import { one } from './dom.ts'

const command = /^(?:npx pnpm \S|git \S+ \S)/
const copyLabel = 'Copy'

const status = one('.colophon [role=status]')

addButtons()
// A live page was updated.
document.addEventListener('nightshift:changed', addButtons)
document.addEventListener('click', event => {
  const button = (event.target as Element).closest<HTMLButtonElement>('button.copy')
  const copied = button?.previousElementSibling
  if (button && copied) void copy(codeIn(copied), button)
})

function addButtons(): void {
  for (const block of document.querySelectorAll('main .code:not(.cut)')) addTo(block, 'beforeend')
  for (const code of document.querySelectorAll('main code:not(pre code, table code, a code, summary code)'))
    if (command.test(code.textContent.trim())) addTo(code, 'afterend')
}

function addTo(element: Element, where: 'beforeend' | 'afterend'): void {
  const there = where === 'afterend' ? element.nextElementSibling : element.lastElementChild
  if (there?.matches('button.copy')) return
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'copy'
  button.dataset.client = ''
  button.textContent = copyLabel
  const what = textOf(codeIn(element))
  button.setAttribute('aria-label', `Copy ${what.length > 60 ? 'this block' : what}`)
  element.insertAdjacentElement(where, button)
}

/** The code of a block, or the element itself. */
function codeIn(element: Element): Element {
  return element.querySelector('code') ?? element
}

/** What is copied: a command without its comment lines, which not every shell accepts when they are typed. */
function textOf(code: Element): string {
  const text = code.textContent
  if (!code.matches('.language-sh, :not(pre) > code')) return text
  return text
    .split('\n')
    .filter(line => !/^\s*#/.test(line))
    .join('\n')
    .trim()
}

async function copy(code: Element, button: HTMLButtonElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(textOf(code))
    say(button, 'Copied')
  } catch {
    // Browsers give a page the clipboard only on https, localhost and from disk.
    getSelection()?.selectAllChildren(code)
    say(button, 'Selected: copy it with Ctrl+C')
  }
}

/** Shows and announces the result; the button's label comes back after two seconds. */
function say(button: HTMLButtonElement, result: string): void {
  button.textContent = result
  status.textContent = result
  setTimeout(() => {
    button.textContent = copyLabel
    status.textContent = ''
  }, 2000)
}
