/** What several of the browser's scripts need of a page. */

/** @throws when the page has none: its markup and the script do not fit */
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

/** The drawing that a figure shows at this width. */
export function drawingOf(figure: HTMLElement): SVGSVGElement | undefined {
  return [...figure.querySelectorAll<SVGSVGElement>('svg[data-marks]')].find(svg => svg.getClientRects().length > 0)
}

/** Until another figure has taken this one's place. */
export function onDocument<Name extends keyof DocumentEventMap>(
  figure: HTMLElement,
  name: Name,
  act: (event: DocumentEventMap[Name]) => void,
): void {
  const gone = new AbortController()
  document.addEventListener(name, event => (figure.isConnected ? act(event) : gone.abort()), { signal: gone.signal })
}
