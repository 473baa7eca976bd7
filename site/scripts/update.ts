/** Updates a part of a page, and keeps the state of the reader and of other scripts. */
import morphdom from 'morphdom'

export function update(from: HTMLElement, to: HTMLElement): void {
  const chosen = [...from.querySelectorAll('select')].map(select => ({ select, value: select.value }))
  morphdom(from, to, {
    getNodeKey: keyOf,
    onBeforeElUpdated: keep,
    onBeforeNodeDiscarded: node => !isClientElement(node),
  })
  for (const { select, value } of chosen) select.value = value
}

/** Whether another script of the page created the element or writes into it. */
function isClientElement(node: Node): boolean {
  return node instanceof HTMLElement && node.dataset.client !== undefined
}

/** Key that matches an element with its new version; an element without a match is not reused for another. */
function keyOf(node: Node): string | undefined {
  if (!(node instanceof Element)) return undefined
  return isClientElement(node) ? `client ${node.className}` : node.id
}

/** Copies the reader's state to the new version. @returns false: the element stays as it is */
function keep(from: HTMLElement, to: HTMLElement): boolean {
  if (from.isEqualNode(to) || isClientElement(from) || from.localName === 'input') return false
  for (const name of ['hidden', 'open', 'aria-sort']) {
    const value = from.getAttribute(name)
    if (value === null) to.removeAttribute(name)
    else to.setAttribute(name, value)
  }
  if (from instanceof HTMLTableSectionElement && from.localName === 'tbody') keepOrder(from, to)
  return true
}

/** A sorted table stays sorted: known rows keep their order, new ones come after them. */
function keepOrder(from: HTMLTableSectionElement, to: HTMLElement): void {
  const places = new Map([...from.rows].map((row, i) => [row.id, i]))
  const place = (row: Element) => places.get(row.id) ?? places.size
  to.append(...[...to.children].sort((a, b) => place(a) - place(b)))
}
