declare namespace App {
  interface Locals {
    /** Set when `pnpm site --serve` renders a page on demand; undefined in a static build. */
    demand?: import('./live/live.ts').Demand
  }
}

interface DocumentEventMap {
  /** Fired after a script of the page changed its content, or showed a figure that was hidden. */
  'nightshift:changed': Event
}

/** Provided by scripts/notebook/astroConfig.ts. */
declare module 'virtual:site-config' {
  const config: import('./config.ts').SiteConfig
  export default config
}

/** Provided by scripts/notebook/classicScript.ts. */
declare module '*?classic' {
  const code: string
  export default code
}
