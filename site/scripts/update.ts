/** Brings a part of a page up to date, and leaves what belongs to the reader or to another script as it is. */
import morphdom from 'morphdom'

export function update(from: HTMLElement, to: HTMLElement): void {
  const chosen = [...from.querySelectorAll('select')].map(select => ({ select, value: select.value }))
  morphdom(from, to, { getNodeKey: keyOf, onBeforeElUpdated: keep, onBeforeNodeDiscarded: node => !isOwn(node) })
  for (const { select, value } of chosen) select.value = value
}

/** Another script of the page has put it there, or writes into it. */
function isOwn(node: Node): boolean {
  return node instanceof HTMLElement && node.dataset.own !== undefined
}

/** By which an element finds itself in the new page; one that is not there finds no other in its place. */
function keyOf(node: Node): string | undefined {
  if (!(node instanceof Element)) return undefined
  return isOwn(node) ? `own ${node.className}` : node.id
}

/** What belongs to the reader, or to another script, is not the server's. @returns false: the element is left as it is */
function keep(from: HTMLElement, to: HTMLElement): boolean {
  if (from.isEqualNode(to) || isOwn(from) || from.localName === 'input') return false
  for (const name of ['hidden', 'open', 'aria-sort']) {
    const value = from.getAttribute(name)
    if (value === null) to.removeAttribute(name)
    else to.setAttribute(name, value)
  }
  if (from instanceof HTMLTableSectionElement && from.localName === 'tbody') keepOrder(from, to)
  return true
}

/** A sorted table stays sorted: rows that are there keep their order, new ones come after them. */
function keepOrder(from: HTMLTableSectionElement, to: HTMLElement): void {
  const places = new Map([...from.rows].map((row, i) => [row.id, i]))
  const place = (row: Element) => places.get(row.id) ?? places.size
  to.append(...[...to.children].sort((a, b) => place(a) - place(b)))
}
