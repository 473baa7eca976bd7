/** Makes a session's engine from its contract. */
import type { EngineSpec } from '../program/engine.ts'
import { openCommand } from './command/engine.ts'
import type { Engine } from './engine.ts'
import type { Opening } from './opening.ts'
import { openRay } from './ray/engine.ts'
import { openSlurm } from './slurm/engine.ts'
import { openSsh } from './ssh/open.ts'

export type { OpenEngine, Opening } from './opening.ts'

/** null: runs execute in processes of this machine. @throws {Failure} when no place can be had */
export async function openEngine(spec: EngineSpec, opening: Opening): Promise<Engine | null> {
  switch (spec.use) {
    case 'local':
      return null
    case 'slurm':
      return openSlurm(spec, opening)
    case 'ssh':
      return openSsh(spec, opening)
    case 'ray':
      return openRay(spec, opening)
    case 'command':
      return openCommand(spec, opening)
  }
}
