/** A real session whose runs end when the test allows it, and the notebook's server for it. */
import { once } from 'node:events'
import { appendFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { player, program, set } from '../../helpers/target.ts'
import { git, nightshift, repository, write } from '../../helpers/throwaway.ts'

/**
 * A run waits for the file `go-<n>` (n: number of the run, from 0) or `go` in the gate's folder; the content of `curve`
 * becomes its loss curve.
 */
const trainer = (gate: string) => `import { once } from 'node:events'
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
const RATE = 0.02
process.chdir(${JSON.stringify(gate)})
const n = readdirSync('.').filter(name => name.startsWith('run-')).length
writeFileSync('run-' + n, '')
let copied = 0
while (!existsSync('go-' + n) && !existsSync('go')) {
  const curve = readFileSync('curve', 'utf8')
  appendFileSync(process.env.NIGHTSHIFT_CURVE, curve.slice(copied))
  copied = curve.length
  await new Promise(done => setTimeout(done, 20))
}
const loss = 1 + Math.abs(Math.log2(RATE / 0.08)) / 10
console.log('---\\nloss: ' + loss.toFixed(6))
if (process.env.NIGHTSHIFT_SPLITS.includes('holdout')) console.log('held_loss: ' + loss.toFixed(6))
`

export interface Gated {
  root: string
  /** Three experiments on the target: kept, discarded, kept. */
  start: () => ReturnType<typeof nightshift>
  /** Lets the n-th run of the session end, 0 being the baseline's; without n all that are left. */
  go: (n?: number) => Promise<void>
  /** Adds points to the curve of the run under way. */
  train: (...losses: number[]) => Promise<void>
}

export async function gatedSession(finished: Parameters<typeof repository>[1]): Promise<Gated> {
  const root = await repository({ 'program.md': '' }, finished)
  const gate = join(root, '../gate')
  await mkdir(gate)
  await writeFile(join(gate, 'curve'), '')
  const steps = [set('RATE', '0.04'), set('RATE', '0.03'), `${set('RATE', '0.06')}; echo '<b>RATE</b> to 0.06'`]
  await write(join(root, '..'), { 'agent.sh': player(steps) })
  await write(root, {
    'train.js': trainer(gate),
    'program.md': program(join(root, '../agent.sh'), 'timeout: 5m\nsandbox: off\n'),
  })
  await git(root, 'add', '-A')
  await git(root, '-c', 'user.name=A Person', '-c', 'user.email=person@example.org', 'commit', '-qm', 'gated')
  let points = 0
  return {
    root,
    start: () => {
      const flags = ['--program', 'program.md', '--tag', 'live', '--seeds', '1', '--experiments', '3']
      return nightshift(root, 'session', flags)
    },
    go: n => writeFile(join(gate, n === undefined ? 'go' : `go-${n}`), ''),
    train: (...losses) => {
      const lines = losses.map(loss => `${++points},${points / 10},${loss}\n`)
      return appendFile(join(gate, 'curve'), lines.join(''))
    },
  }
}

/** Starts `pnpm site --serve` for this repository's sessions. @returns its process and its address, ending in "/" */
export async function startServer(root: string) {
  const server = nightshift(root, 'site', ['--serve', '--port', '0', '--json'], { NIGHTSHIFT_PACE_MS: '100' })
  const line = await Promise.race([once(server.stdout, 'data'), server])
  if (!Array.isArray(line)) throw new Error(`the server did not start: ${line.stderr}`)
  const address: string = JSON.parse(String(line[0])).address
  return { server, address }
}
