/** Runs test/ratchet/session/instants.test.ts with many more kills. */
import { execa } from 'execa'
import { notebook } from '../../scripts/lib/paths.ts'

/** @param args.kills number of sessions to kill */
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
