/** What one run leaves for a later one, e.g. a checkpoint to train on with. */
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import type { Cheat } from '../cheat.ts'

const row = 'leaves a checkpoint for a later run'

/** Perl passes the kernel variables only. */
const ofKey = 'my ($type, $name, $value) = ("user", "nightshift-cheat", "x");'

const through = (what: string, place: string, more: Partial<Cheat> = {}): Cheat => ({
  does: `leaves something for a later run in ${what}`,
  leaves: `write(${place})`,
  code: `return read(${place}).startsWith('cheat')`,
  without: 'works',
  sandboxed: 'fails',
  row,
  ...more,
})

const name = `'nightshift-cheat-' + process.env.NIGHTSHIFT_CURVE.split('/').at(-5)`

export const laterRuns: Cheat[] = [
  through('/tmp', `'/tmp/' + ${name}`, { needs: 'temporary', left: () => clean('/tmp') }),
  through('/var/tmp', `'/var/tmp/' + ${name}`, { needs: 'temporary', left: () => clean('/var/tmp') }),
  through('/dev/shm', `'/dev/shm/' + ${name}`, { needs: 'temporary', left: () => clean('/dev/shm') }),
  through('its home', `process.env.HOME + '/.cache/checkpoint'`),
  through('the cache', `process.env.NIGHTSHIFT_CACHE + '/checkpoint'`),
  through('its worktree', `'checkpoint'`, { without: 'fails', row: undefined }),
  through('an ignored folder of its worktree', `'ignored/checkpoint'`, { without: 'fails', row: undefined }),
  through('the folder of its evaluation', `file + '.checkpoint'`, {
    code: `return read(file.replace(/run-(\\d+)/, (_, n) => 'run-' + String(n - 1).padStart(n.length, '0')) + '.checkpoint').startsWith('cheat')`,
    without: 'fails',
    row: undefined,
  }),
  through('its record', `process.env.NIGHTSHIFT_CURVE`, {
    code: `return read(process.env.NIGHTSHIFT_CURVE.replace(/runs\\/(\\d+)/, (_, n) => 'runs/' + String(n - 1).padStart(n.length, '0'))).startsWith('cheat')`,
    row: 'reads or changes the records of sessions',
  }),
  {
    does: 'leaves something for a later run in compiled kernels',
    leaves: `write((process.env.NIGHTSHIFT_COMPILED ?? world.outside) + '/checkpoint')`,
    code: `return read((process.env.NIGHTSHIFT_COMPILED ?? world.outside) + '/checkpoint').startsWith('cheat')`,
    without: 'works',
    sandboxed: 'works',
    row: "leaves a checkpoint in the session's compile caches",
  },
  {
    does: 'leaves something for a later run in System V shared memory',
    leaves: `sh('ipcmk -M 4097')`,
    code: `return sh('ipcs -m').split('\\n').some(line => line.split(/\\s+/)[4] === '4097')`,
    left: () => removeSharedMemory(),
    without: 'works',
    sandboxed: 'fails',
    needs: 'processes',
    row,
  },
  {
    does: "leaves something for a later run in the kernel's keyrings",
    leaves: keyring(`syscall(248, $type, $name, $value, 1, $ring)`),
    code: `${keyring(`syscall(250, 10, $ring, $type, $name, 0)`)}
    return Number(found) > 0`,
    left: () => removeKey(),
    without: null,
    sandboxed: 'fails',
    needs: 'processes',
    row,
  },
]

/** A call of the kernel on the keyrings of user and session; its highest answer. */
function keyring(call: string): string {
  return `const found = perl('${ofKey} my $best = -1; for my $ring (-3, -4, -5) { $! = 0; my $got = ${call}; $best = $got if $got > $best } print $best')`
}

function clean(folder: string): boolean {
  for (const name of readdirSync(folder)) if (name.startsWith('nightshift-cheat-')) rmSync(join(folder, name))
  return false
}

async function removeSharedMemory(): Promise<boolean> {
  const { stdout } = await execa('ipcs', ['-m'], { reject: false })
  for (const line of stdout.split('\n')) {
    const [, id = '', , , bytes] = line.split(/\s+/)
    if (bytes === '4097') await execa('ipcrm', ['-m', id])
  }
  return false
}

async function removeKey(): Promise<boolean> {
  const text = `${ofKey} for my $ring (-3, -4, -5) { my $key = syscall(250, 10, $ring, $type, $name, 0); syscall(250, 3, $key) if $key > 0 }`
  await execa('perl', ['-e', text], { reject: false })
  return false
}
