declare namespace App {
  interface Locals {
    /** Set where `pnpm site --serve` draws a page anew; a page that becomes a file has none. */
    demand?: import('./live/live.ts').Demand
  }
}

interface DocumentEventMap {
  /** A page of site/scripts has new content, or shows a figure that it hid. */
  'nightshift:changed': Event
}

/** By scripts/notebook/astroConfig.ts. */
declare module 'virtual:site-config' {
  const config: import('./config.ts').SiteConfig
  export default config
}

/** By scripts/notebook/classicScript.ts. */
declare module '*?classic' {
  const code: string
  export default code
}
