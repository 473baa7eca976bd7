/**
 * Any program as an agent: the prompt on its standard input, working directory the target folder of the proposal's
 * worktree; its edits are the proposal, the last non-empty line of its output the description.
 */
import { execa } from 'execa'
import { clean } from '../lib/terminal.ts'
import { runEnvironment } from '../ratchet/environment.ts'
import { markName } from '../ratchet/strays.ts'
import { type Agent, AgentDown } from './agent.ts'

/** More than this of its output is not kept. */
const maxBuffer = 10 * 2 ** 20

/** EX_TEMPFAIL of sysexits.h: "not now, try again later". */
const busy = 75

/** The program's own service is down; a line `retry-after: 30` on its standard error says for how many seconds. */
function notNow(stderr: string): AgentDown {
  const seconds = /^retry-after:\s*(\d{1,6})\s*$/im.exec(stderr)?.[1]
  const kind = seconds === undefined ? 'overload' : 'rate-limit'
  const asked = seconds === undefined ? '' : `, and asks for ${seconds} s`
  return new AgentDown(
    kind,
    Number(seconds ?? 0) || null,
    `The command agent cannot propose now${asked}.`,
    'It will be asked again.',
  )
}

/** @param command goes verbatim to `sh -c`, from program.md alone; `timeout` in seconds */
export const commandAgent = (command: string, timeout: number): Agent => ({
  use: 'command',
  check: async () => ({ use: 'command', version: null, notes: [], problem: null }),
  async propose({ folder, prompt, mark, signal }) {
    const result = await execa('sh', ['-c', command], {
      cwd: folder,
      input: prompt,
      // The user's own program may need the user's keys to reach its model; PATH begins with the trainer's Python.
      env: { ...process.env, PATH: runEnvironment().PATH ?? '', [markName]: mark },
      timeout: timeout * 1000,
      killDescendants: true,
      forceKillAfterDelay: 2000,
      cancelSignal: signal,
      reject: false,
      maxBuffer: { stdout: maxBuffer, stderr: maxBuffer },
    })
    if (result.failed) {
      if (result.exitCode === busy) throw notNow(result.stderr)
      const why = result.timedOut
        ? `gave no answer in ${timeout} s`
        : `ended with ${result.signal ?? `exit code ${result.exitCode}`}`
      const words = clean(result.stderr.trim().split('\n').at(-1) ?? '')
      throw new AgentDown(
        result.timedOut ? 'timeout' : 'crash',
        null,
        `The command agent ${why}${words ? `: ${words}` : '.'}`,
        `Run it by hand in the target folder: ${command}`,
      )
    }
    const description = result.stdout
      .split('\n')
      .map(line => clean(line, 80))
      .findLast(line => line !== '')
    return { description: description ?? null, hypothesis: null, model: null, tokens: null, costUsd: null }
  },
})
