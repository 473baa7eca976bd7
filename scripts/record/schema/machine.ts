/** The machine that a session's runs executed on. */
import { z } from 'zod'
import { count } from './fields.ts'

export const ownMachineSchema = z.object({
  label: z.string(),
  gpu: z.string().nullable(),
  gpus: count,
  driver: z.string().nullable(),
  cpu: z.string(),
  cores: count,
  memoryMb: count,
  os: z.string(),
  python: z.string().nullable(),
  torch: z.string().nullable(),
})
/** The machine of a collected session may be partly unknown. `gpus`: null is unknown, 0 is no GPU. */
export const machineSchema = ownMachineSchema.extend({
  gpus: count.nullable(),
  cpu: z.string().nullable(),
  cores: count.nullable(),
  memoryMb: count.nullable(),
  os: z.string().nullable(),
})
export type OwnMachine = z.infer<typeof ownMachineSchema>
export type Machine = z.infer<typeof machineSchema>
