/** The machine of a session in words, as far as it is recorded. Pure. */
import type { Machine } from '../record/schema.ts'

/** E.g. ["1 × NVIDIA H100, driver 580.1", "AMD EPYC, 16 cores, 128 GB", "Linux 6.18 x64"]; empty where nothing is known. */
export function hardwareOf({ gpu, gpus, driver, cpu, cores, memoryMb, os }: Machine): string[] {
  const driverText = driver === null ? '' : `, driver ${driver}`
  return [
    gpu === null ? '' : `${gpus === null ? '' : `${gpus} × `}${gpu}${driverText}`,
    [cpu ?? '', cores === null ? '' : `${cores} cores`, memoryMb === null ? '' : `${Math.round(memoryMb / 1024)} GB`]
      .filter(text => text !== '')
      .join(', '),
    os ?? '',
  ].filter(text => text !== '')
}

/** E.g. ["Python 3.12.3", "torch 2.9.1"]. */
export const versionsOf = ({ python, torch }: Machine): string[] => [
  ...(python === null ? [] : [`Python ${python}`]),
  ...(torch === null ? [] : [`torch ${torch}`]),
]
