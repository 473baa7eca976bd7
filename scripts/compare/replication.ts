/** Which changes were seen again. */
import type { Comparison, Side } from './schema.ts'

export function replication(_sides: Side[]): Pick<Comparison, 'replication' | 'triedOnce'> {
  return { replication: [], triedOnce: 0 }
}
