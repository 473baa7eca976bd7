/** Many more of the sessions that test/ratchet/session/instants.test.ts kills, by the same checks. */
import { execa } from 'execa'
import { notebook } from '../../scripts/lib/paths.ts'

/** @param args.kills how many sessions */
export async function benchFaults({ kills = 200 }: { kills?: number }): Promise<void> {
  const result = await execa('vitest', ['run', 'test/ratchet/session/instants.test.ts'], {
    cwd: notebook,
    preferLocal: true,
    stdio: 'inherit',
    reject: false,
    env: { NIGHTSHIFT_INSTANTS: String(kills) },
  })
  process.exitCode = result.exitCode ?? 1
}
