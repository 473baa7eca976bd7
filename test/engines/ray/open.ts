/** The engine `ray` on a cluster of the test's own, with a tiny base. */
import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import type { Opening } from '../../../scripts/engines/open.ts'
import { openRay } from '../../../scripts/engines/ray/engine.ts'
import { type RaySpec, type Resources, storedEngine } from '../../../scripts/program/engine.ts'
import { tinySession, waits } from '../awaiting.ts'

export interface TestOptions {
  id?: string
  /** `.nightshift/<id>`. */
  work: string
  slots?: number
  spec: Partial<RaySpec>
  resources?: Resources
  purpose?: Opening['purpose']
}

export const newId = (): string => `s-${randomUUID().slice(0, 8)}`

export async function openTest({
  id = newId(),
  work,
  slots = 1,
  spec,
  resources = null,
  purpose = 'run',
}: TestOptions) {
  await mkdir(work, { recursive: true })
  return openRay(
    { ...(storedEngine.parse({ use: 'ray' }) as RaySpec), ...spec },
    {
      id,
      work,
      folder: work,
      resources,
      slots,
      purpose,
      ...tinySession,
    },
  )
}

export const { untilReady, untilState } = waits(60)
