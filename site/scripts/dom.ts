/** DOM helpers shared by the browser's scripts. */

/** The first match of a selector. @throws {Error} when there is none: then markup and script do not fit */
export function one<Name extends keyof HTMLElementTagNameMap>(
  selector: Name,
  within?: ParentNode,
): HTMLElementTagNameMap[Name]
export function one(selector: string, within?: ParentNode): HTMLElement
export function one(selector: string, within: ParentNode = document): HTMLElement {
  const found = within.querySelector<HTMLElement>(selector)
  if (!found) throw new Error(`The page has no ${selector}.`)
  return found
}

/** The drawing that a figure shows at the current width. */
export function drawingOf(figure: HTMLElement): SVGSVGElement | undefined {
  return [...figure.querySelectorAll<SVGSVGElement>('svg[data-marks]')].find(svg => svg.getClientRects().length > 0)
}

/** Listens on the document until the figure is removed from it. */
export function onDocument<Name extends keyof DocumentEventMap>(
  figure: HTMLElement,
  name: Name,
  act: (event: DocumentEventMap[Name]) => void,
): void {
  const gone = new AbortController()
  document.addEventListener(name, event => (figure.isConnected ? act(event) : gone.abort()), { signal: gone.signal })
}
