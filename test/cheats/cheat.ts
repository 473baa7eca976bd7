/** One way to cheat, and what comes of it. */

/**
 * works: it had its effect, and nothing says so; told: it had its effect, and the session tells what changed; found: the run is
 * a crash with a reason; fails: it has no effect.
 */
export type Outcome = 'works' | 'told' | 'found' | 'fails'

export interface Cheat {
  /** What it does, e.g. "writes into the user's .bashrc". */
  does: string
  /** Body of an async function of the candidate, with the helpers of candidate.ts; true: it got what it wanted. */
  code: string
  /** A candidate before it, which leaves something for it. */
  leaves?: string
  /** Whether it had an effect that only somebody outside can see. Asked after the session; undoes what it left. */
  left?: (world: World) => Promise<boolean> | boolean
  /** null: not tried, because it could harm the machine, or depends on the user's rights. */
  without: Outcome | null
  sandboxed: Outcome
  /** What a sandbox must hold so that it fails in it; in one that does not hold it, it is not tried. Files hold always. */
  needs?: 'signals' | 'processes' | 'network' | 'temporary'
  /** Its row in docs/trust.md, where it still works somewhere. */
  row?: string | undefined
  /** Of the crash, where it is found. */
  reason?: RegExp
  /** What the session tells of it: the path, and what changed in it. */
  told?: RegExp
}

/** Where everything lies that a cheat of the suite looks for; a candidate has it as `world`. */
export interface World {
  repo: string
  home: string
  sessions: string
  work: string
  cache: string
  /** Of nobody in particular: a folder that the user could write to. */
  outside: string
  /** A Unix socket of a service that writes "asked" into the file it is told. */
  service: string
  /** The same in /tmp, and in the abstract namespace. */
  temporaryService: string
  abstractService: string
  /** A TCP listener at an address of this machine that is not its loopback; null: it has none. */
  outward: { host: string; port: number } | null
  /** A TCP listener at a port of controlPorts.ts; null: all are taken. */
  controlPort: number | null
}
