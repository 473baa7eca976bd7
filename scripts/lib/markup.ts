/**
 * HTML and SVG that goes into a page as it is. No other text is of this type, so the compiler refuses a description or a
 * log there. `treeHtml` (sanitised) and our own drawings make it, and test/site/markupSources.test.ts knows all of the places.
 */
declare const made: unique symbol
export type Markup = '' | (string & { readonly [made]: true })

/** A text for markup that is written down, as content or between quotes. */
export const escaped = (text: string): string => text.replace(/[&<>"']/g, letter => `&#${letter.charCodeAt(0)};`)
