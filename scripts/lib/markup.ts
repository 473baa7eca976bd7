/**
 * HTML and SVG that goes into a page as it is. No other text is of this type, so the compiler refuses a description or a
 * log there. Made in three places: `treeHtml` (sanitised), `enriched` (its links), site/figures/svg.ts (our own drawings).
 */
declare const made: unique symbol
export type Markup = '' | (string & { readonly [made]: true })
