/** Which torch an interpreter has. */
import os from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { z } from 'zod'
import { jsonOrNull } from '../files/read.ts'
import { sanitizeText } from '../text.ts'

const text = z.string().transform(value => sanitizeText(value, 40))

/** null stands for a package that is not installed, and for what torch was not built for. */
const factsSchema = z.object({
  torch: text.nullable(),
  tokenizers: text.nullable(),
  cuda: text.nullable(),
  hip: text.nullable(),
  xpu: text.nullable(),
})

export type PythonFacts = z.infer<typeof factsSchema>

/**
 * Asks an interpreter, without importing torch.
 * @returns why that is not known, as a string, when it cannot be run or answers otherwise
 */
export async function readFacts(python: string): Promise<PythonFacts | string> {
  const result = await execa(python, [join(import.meta.dirname, 'describe.py')], { reject: false, timeout: 60_000 })
  const facts = factsSchema.safeParse(jsonOrNull(lastLine(result.stdout ?? '')))
  if (!result.failed && facts.success) return facts.data
  return sanitizeText(lastLine(result.stderr ?? '') || result.shortMessage || 'it printed something else')
}

/** The last line that is not empty. Pure. */
export const lastLine = (output: string): string => output.trimEnd().split('\n').at(-1) ?? ''

/** E.g. "torch 2.13.0 for CUDA 13.0", "torch 2.13.0 for CPUs"; empty without torch. Pure. */
export function torchName({ torch, cuda, hip, xpu }: PythonFacts, platform: string = os.platform()): string {
  if (torch === null) return ''
  const name = `torch ${torch.replace(/\+(cpu|cu\d+|rocm[\d.]+|xpu)$/, '')}`
  if (cuda !== null) return `${name} for CUDA ${cuda}`
  if (hip !== null) return `${name} for ROCm ${hip}`
  if (xpu !== null) return `${name} for Intel GPUs`
  // On macOS one build has both the CPU and MPS.
  return platform === 'darwin' ? name : `${name} for CPUs`
}
