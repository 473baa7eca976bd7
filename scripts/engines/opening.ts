/** What an engine is opened with. */
import type { EngineSpec, Resources } from '../program/engine.ts'
import type { Engine } from './engine.ts'
import type { CallOptions } from './remote/channel.ts'

/** What an engine is made of. */
export interface Opening {
  /** Session id: names of jobs and of folders on nodes have it. */
  id: string
  /** `.nightshift/<id>`, with a shared file system the place of the nodes' folder. */
  work: string
  /** The folder of program.md, in which the user's own commands start. */
  folder: string
  resources: Resources
  slots: number | 'auto'
  /** Folder of the target, from the root of the repository. */
  target: string
  /** Links to make in trees, with their targets on the node. */
  links: Record<string, string>
  /** What each machine is given before its first run: tar streams, made anew at each call; null: there is no evaluator. */
  files: {
    base: () => NonNullable<CallOptions['input']>
    evaluation: (() => NonNullable<CallOptions['input']>) | null
  }
  /**
   * `run`: it asks for its places. `cancel`: it asks for nothing and finds only what an earlier harness left, so that
   * `close` ends that.
   */
  purpose: 'run' | 'cancel'
  /** Says something to the user, one line. */
  tell: (text: string) => void
}

/** An engine with its keys of the contract. */
export type OpenEngine<Use extends EngineSpec['use']> = (
  spec: Extract<EngineSpec, { use: Use }>,
  opening: Opening,
) => Promise<Engine>
