/** Observable Plot in Node: renders a drawing as markup without styles. */
import type { PlotOptions } from '@observablehq/plot'
import * as Plot from '@observablehq/plot'
import { JSDOM } from 'jsdom'
import type { Markup } from '../../scripts/lib/text.ts'
import { gap } from './text.ts'
import { type Place, placesText } from './tips.ts'

export { gap, size } from './text.ts'

export const { document } = new JSDOM('').window

export const plot = (options: PlotOptions): ReturnType<typeof Plot.plot> =>
  Plot.plot({ ...options, document, className: 'plot' })

/** Returns the function from data to pixels of a scale. */
export function toPixels(node: ReturnType<typeof Plot.plot>, scale: 'x' | 'y'): (value: number) => number {
  const found = node.scale(scale)
  if (!found) throw new Error(`the figure has no ${scale} scale`)
  return found.apply
}

/**
 * Plot's output as markup without `<style>` and inline styles, which the page's policy forbids. Colours are custom
 * properties, so that one drawing serves light, dark and print. `label` is the text alternative, `places` are those of
 * the tooltips.
 */
export function markup(node: Element, label: string, className: string, places: Place[] = []): Markup {
  for (const style of node.querySelectorAll('style')) style.remove()
  for (const element of [node, ...node.querySelectorAll('*')]) {
    element.removeAttribute('style')
    element.removeAttribute('aria-label')
    for (const { name, value } of [...element.attributes])
      if (geometry.has(name)) element.setAttribute(name, rounded(value))
  }
  for (const name of ['font-family', 'font-size', 'fill', 'color']) node.removeAttribute(name)
  for (const text of node.querySelectorAll('.named text')) setValueApart(text)
  node.setAttribute('role', 'img')
  node.setAttribute('aria-label', label)
  node.setAttribute('class', `plot ${className}`)
  if (places.length > 0) node.setAttribute('data-marks', placesText(places))
  return markupOf(node)
}

/** An element whose texts were all set as text nodes. */
export const markupOf = (node: Element): Markup => node.outerHTML as Markup

const geometry = new Set('d x y x1 x2 y1 y2 cx cy r width height transform points'.split(' '))

const rounded = (value: string): string => value.replace(/(\d+\.\d\d)\d+/g, '$1')

/** Puts the value in a <tspan> of the same text element, so that value and name stay together in any font. */
function setValueApart(text: Element): void {
  const [value = '', ...name] = (text.textContent ?? '').split(gap)
  const span = document.createElementNS('http://www.w3.org/2000/svg', 'tspan')
  span.setAttribute('class', 'delta')
  span.textContent = value
  text.replaceChildren(span, document.createTextNode(gap + name.join(gap)))
}

/** Draws a figure in three widths (pixels), of which the style sheet shows one, so that text is never scaled down. */
export const widths = (draw: (width: number, className: string) => Markup): Markup =>
  (draw(1000, 'at-wide') + draw(720, 'at-middle') + draw(350, 'at-narrow')) as Markup

/** The same for the text column: two widths. */
export const column = (draw: (width: number, className: string) => Markup): Markup =>
  (draw(592, 'at-wide at-middle') + draw(350, 'at-narrow')) as Markup
