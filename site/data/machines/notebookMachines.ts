/** The notebook's machines, with what their sessions' records and files say. */
import { comparedSession } from '../compare/comparedSession.ts'
import type { View } from '../view.ts'
import { codeHashes } from './codeHashes.ts'
import { type Machine, machinesOf } from './machines.ts'

/** @param views newest first */
export async function notebookMachines(views: View[]): Promise<Machine[]> {
  const compared = await Promise.all(views.map(comparedSession))
  return machinesOf(views, await codeHashes(views), new Map(compared.map(({ side }) => [side.id, side])))
}
