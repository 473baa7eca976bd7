/** The GPUs at the start and at a resumption: recorded, and told where something else uses them or slows them down. */
import { stateNotes } from '../../analysis/noise/gpuState.ts'
import type { Contract } from '../../program/contract.ts'
import { writeSession } from '../../record/write.ts'
import { emit, type SessionContext } from '../session/context.ts'
import { assignGpus, helperMark } from '../session/prepare.ts'
import { runEnvironment } from '../train/environment.ts'
import { openWatch, sampleInterval } from './watch.ts'

export type GpuContext = Pick<
  SessionContext,
  'folder' | 'state' | 'echo' | 'journal' | 'terminal' | 'slots' | 'engine' | 'gpus'
>

/** Waits for nvidia-smi, at most as long as it may take to answer. */
export async function recordGpus(context: GpuContext): Promise<void> {
  const { gpus, slots, terminal, folder, state, engine } = context
  // Those of nodes are not looked at.
  if (engine !== null) return
  const found = await gpus.look(slots)
  if (found.length === 0) return
  await emit(context, { event: 'gpus', gpus: found })
  await writeSession(folder, state.session)
  for (const note of stateNotes(found)) terminal.step('note', note)
}

/** The same notes for a dry run, which records nothing. @param gpus of the machine */
export async function gpuNotesNow(id: string, { slots, env, budget }: Contract, gpus: number): Promise<string[]> {
  const notes: string[] = []
  const watch = openWatch(helperMark(id, 'gpu'), {
    order: runEnvironment({ env }).CUDA_DEVICE_ORDER,
    interval: sampleInterval(budget),
    tell: text => void notes.push(text),
  })
  const used = assignGpus(slots, gpus, process.env.CUDA_VISIBLE_DEVICES)
  const found = await watch.look(used.map(gpu => ({ gpu })))
  await watch.close()
  return [...notes, ...stateNotes(found)]
}
