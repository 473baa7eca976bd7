/** Commands in real sandboxes: of each mechanism that this machine can give, as this user and, if that is root, as another one. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { describe, onTestFinished, test } from 'vitest'
import { notebook } from '../../../scripts/lib/paths.ts'
import { runMarkVariable } from '../../../scripts/lib/process/orphans.ts'
import {
  findSandbox,
  type Mechanism,
  type Policy,
  type Sandbox,
  sandboxedCommand,
  sandboxVariables,
} from '../../../scripts/lib/sandbox/sandbox.ts'

const isRoot = process.getuid?.() === 0
/** The user nobody. */
const other = 65534

/** Where a folder can be made that is not in /tmp, which a sandbox replaces. */
const place = isRoot ? '/var/cache' : join(homedir(), '.cache')

const library = join(notebook, 'scripts/lib/sandbox')

/** What installs, or switches on, a mechanism; part of the name of a test that cannot run. */
const remedies: Record<Mechanism, string> = {
  bubblewrap: 'apt install bubblewrap',
  namespaces: 'apt install perl; sysctl kernel.apparmor_restrict_unprivileged_userns=0',
  landlock: 'Linux 5.13, and "landlock" in the kernel parameter lsm=',
  seatbelt: 'none',
}

export interface Setting {
  sandbox: Sandbox
  user: number
  /** Runs a shell script in a sandbox. Its `$1` is the folder of `Place`; its working directory is the slot. */
  run(script: string, options?: Options): Promise<Outcome>
  /** The same of any command; the process runs when it resolves. */
  start(command: (place: Place) => string[], options?: Options): Promise<Started>
}

/** Folders of one command. `hidden` holds `secret`, `shown` and `writable`; `beside` is a file that it may read. */
export type Place = Record<'root' | 'slot' | 'home' | 'tmp' | 'hidden' | 'beside', string>

interface Options {
  change?: (policy: Policy, place: Place) => Partial<Policy>
  mark?: string
  env?: Record<string, string>
  /** A command that becomes the one after it, before the sandbox begins. */
  around?: string[]
}

interface Outcome {
  stdout: string
  stderr: string
  code: number | null
  signal: string | null
  place: Place
}

interface Started {
  child: ReturnType<typeof spawn>
  place: Place
  outcome: Promise<Outcome>
}

/** What makes a sandbox's command and variables: the harness, or a node. */
export type Composition = (
  sandbox: Sandbox,
  policy: Policy,
  command: string[],
) => { argv: string[]; variables: Record<string, string> }

const ofHarness: Composition = (sandbox, policy, command) => ({
  argv: sandboxedCommand(sandbox, policy, command),
  variables: sandboxVariables(sandbox, policy),
})

/**
 * Defines tests once for each mechanism, its forms, and user.
 * @param isIn which of them, by default all
 */
export async function eachSandbox(
  mechanisms: Mechanism[],
  define: (setting: Setting) => void,
  isIn = (_sandbox: Sandbox, _user: number) => true,
  composition = ofHarness,
): Promise<void> {
  for (const mechanism of mechanisms) {
    const found = await findSandbox(mechanism)
    if (found.sandbox === null) {
      const reason = found.why.map(each => each.reason).join()
      if (reason !== '') test.skip(`${mechanism}: ${reason} (${remedies[mechanism]})`)
      continue
    }
    for (const sandbox of formsOf(found.sandbox))
      for (const user of isRoot ? [0, other] : [process.getuid?.() ?? 0])
        if (isIn(sandbox, user))
          describe(`${[mechanism, ...sandbox.options].join(' ')}, user ${user}`, () =>
            define(settingOf(sandbox, user, composition)))
  }
}

/** Defines a test, or none: a mechanism that does not hold something is not one whose test was skipped. */
export const testIf = (holds: boolean): ((name: string, run: () => Promise<void>) => void) => (holds ? test : () => {})

/** What older kernels need, by mechanism. */
const oldForms: Partial<Record<Mechanism, string[]>> = { namespaces: ['each'] }

export const isOldForm = ({ mechanism, options }: Sandbox): boolean => oldForms[mechanism]?.join() === options.join()

function formsOf(sandbox: Sandbox): Sandbox[] {
  const options = oldForms[sandbox.mechanism]
  return options === undefined || isOldForm(sandbox) ? [sandbox] : [sandbox, { ...sandbox, options }]
}

function settingOf(sandbox: Sandbox, user: number, compose: Composition): Setting {
  const start: Setting['start'] = async (command, { change, mark = 'none', env = {}, around = [] } = {}) => {
    const place = await makePlace(user)
    const policy: Policy = {
      writable: [place.slot, place.home, join(place.hidden, 'writable')],
      hidden: [place.hidden, join(place.root, 'hidden.txt'), join(place.root, 'missing')],
      readable: [join(place.hidden, 'shown')],
      home: place.home,
      tmp: place.tmp,
      network: 'local',
      relay: null,
    }
    const changed = { ...policy, ...change?.(policy, place) }
    const { argv, variables } = compose(sandbox, changed, command(place))
    // The other user may not reach this checkout.
    const scripts = argv.map(word => (word.startsWith(library) ? word.replace(library, join(place.root, 'lib')) : word))
    const isOther = user !== process.getuid?.()
    const as = isOther ? ['setpriv', '--reuid', `${user}`, '--regid', `${user}`, '--clear-groups', '--'] : []
    const [file = '', ...args] = [...as, ...around, ...scripts]
    const child = spawn(file, args, {
      cwd: place.slot,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...env, [runMarkVariable]: mark, ...variables },
    })
    const outcome = outcomeOf(child).then(result => ({ ...result, place }))
    return { child, place, outcome }
  }
  return {
    sandbox,
    user,
    start,
    run: async (script, options) => (await start(({ root }) => ['sh', '-c', script, 'sh', root], options)).outcome,
  }
}

async function outcomeOf(child: ReturnType<typeof spawn>): Promise<Omit<Outcome, 'place'>> {
  let [stdout, stderr] = ['', '']
  child.stdout?.setEncoding('utf8').on('data', text => {
    stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', text => {
    stderr += text
  })
  const [code, signal] = await once(child, 'close')
  return { stdout: stdout.trim(), stderr: stderr.trim(), code, signal }
}

async function makePlace(user: number): Promise<Place> {
  await mkdir(place, { recursive: true })
  const root = await mkdtemp(join(place, 'nightshift-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  const at = (name: string) => join(root, name)
  const folders = ['.', 'slot', 'home', 'tmp', 'hidden', 'hidden/shown', 'hidden/writable', 'hidden/deep'].map(at)
  const files = ['beside', 'hidden.txt', 'hidden/secret', 'hidden/shown/file', 'hidden/deep/secret'].map(at)
  for (const folder of folders.slice(1)) await mkdir(folder)
  for (const file of files) await writeFile(file, 'content of a file')
  for (const path of [...folders, ...files]) await chown(path, user, user)
  await cp(library, at('lib'), { recursive: true })
  return { root, slot: at('slot'), home: at('home'), tmp: at('tmp'), hidden: at('hidden'), beside: at('beside') }
}
