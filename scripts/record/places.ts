/** The places of an engine other than `local`, and the machines that they are on. */
import { z } from 'zod'
import { sandboxSchema } from './sandbox.ts'

/** A machine that runs execute on, as its smoke job found it. */
export const nodeSchema = z.object({
  /** Host name, or the scheduler's name of the node. */
  node: z.string(),
  /** When the session found it so. */
  at: z.iso.datetime(),
  /** Names of its GPUs, as far as the smoke job could see them; empty without. */
  gpus: z.array(z.string()),
  driver: z.string().nullable(),
  cpu: z.string(),
  cores: z.number().int().nonnegative(),
  memoryMb: z.number().int().nonnegative(),
  os: z.string(),
  /** Of the interpreter that `python` is for a run there; null where there is none. */
  python: z.string().nullable(),
  torch: z.string().nullable(),
  /** What runs execute in there. */
  sandbox: sandboxSchema.omit({ from: true }),
})
export type NodeRecord = z.infer<typeof nodeSchema>

/** A place to train, which is that of a slot. */
export const placeSchema = z.object({
  place: z.number().int().nonnegative(),
  state: z.enum(['waiting', 'ready', 'failed']),
  /** Of a ready place, where it is. */
  node: z.string().nullable(),
  /** Why it waits or has failed, in one line, in the words of scheduler or host; null: not known. */
  reason: z.string().nullable(),
  /** The scheduler's job that holds it; null where none does. */
  job: z.string().nullable(),
})
export type PlaceRecord = z.infer<typeof placeSchema>

/** A node that trains so much slower than its class that it gets no more runs, where the engine can say so. See analysis/nodeSpeed.ts. */
export const slowNodeSchema = z.object({
  node: z.string(),
  at: z.iso.datetime(),
  /** Its class: the model of its GPUs, "CPU" without one. */
  kind: z.string(),
  /** Its throughput over that of its class: 0.4. */
  relative: z.number().positive(),
  /** Runs there with a throughput, and those of them whose code ran on other nodes of its class too. */
  runs: z.number().int().positive(),
  sameCode: z.number().int().positive(),
  /** Whether the engine keeps runs off it. */
  avoided: z.boolean(),
})
export type SlowNode = z.infer<typeof slowNodeSchema>

/** A machine that is found again with other facts replaces the one of its name that was found last. */
export function addNode(session: { nodes?: NodeRecord[] | undefined }, node: NodeRecord): void {
  session.nodes = [...(session.nodes ?? []).filter(({ node: name }) => name !== node.node), node]
}
