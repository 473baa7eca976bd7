/**
 * Creates HTML and SVG elements, at build (jsdom) and in the browser. Strings become text nodes, so descriptions
 * written by others cannot become markup.
 */

export type Child = Node | string | number | null | false | Child[]

/** Creates an element. An attribute that is null or false is left out; true gives an empty attribute. */
export type Make = (
  tag: string,
  attributes?: Record<string, string | number | boolean | null>,
  ...children: Child[]
) => Element

const drawn = new Set('svg g path circle line text tspan title rect polygon'.split(' '))

export const maker =
  (document: Document): Make =>
  (tag, attributes = {}, ...children) => {
    const element = drawn.has(tag)
      ? document.createElementNS('http://www.w3.org/2000/svg', tag)
      : document.createElement(tag)
    for (const [name, value] of Object.entries(attributes))
      if (value !== null && value !== false)
        element.setAttribute(name, value === true ? '' : typeof value === 'number' ? rounded(value) : value)
    element.append(...children.flatMap(nodesOf))
    return element
  }

function nodesOf(child: Child): (Node | string)[] {
  if (Array.isArray(child)) return child.flatMap(nodesOf)
  if (child === null || child === false) return []
  return [typeof child === 'number' ? String(child) : child]
}

const rounded = (value: number): string => String(Number(value.toFixed(2)))
