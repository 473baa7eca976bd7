/** Trying a sandbox: a command that must be able to write to one folder, and must not be able to do more. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Policy } from './policy.ts'

/** Opens this file for writing, and changes nothing in it. */
const script = `
echo written > "$1/file" || { echo 'it cannot write where it may'; exit 1; }
if cat "$2" > /dev/null 2>&1; then echo 'it reads a hidden file'; exit 1; fi
if (: >> "$3") 2> /dev/null; then echo 'it writes to a file that is read-only'; exit 1; fi
`

const milliseconds = 20_000

/**
 * @param argvOf the command that runs this one in the sandbox to try
 * @returns null where it holds; else why not, in one line
 */
export async function probe(argvOf: (policy: Policy, command: string[]) => string[]): Promise<string | null> {
  const folder = await mkdtemp(join(tmpdir(), 'nightshift-sandbox-'))
  try {
    const [home, tmp] = ['home', 'tmp'].map(name => join(folder, name)) as [string, string]
    for (const path of [home, tmp]) await mkdir(path)
    // Any folder that this process can read, and that is not in /tmp, which is hidden as a whole.
    const hidden = join(import.meta.dirname, '../files')
    const policy: Policy = {
      writable: [home],
      hidden: [hidden],
      readable: [],
      home,
      tmp,
      network: 'local',
      relay: null,
    }
    const command = ['sh', '-c', script, 'sh', home, join(hidden, 'read.ts'), import.meta.filename]
    return await reasonOf(argvOf(policy, command))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function reasonOf([file = '', ...args]: string[]): Promise<string | null> {
  return new Promise(resolve => {
    execFile(file, args, { timeout: milliseconds, killSignal: 'SIGKILL', cwd: '/' }, (error, stdout, stderr) => {
      if (error === null) return resolve(null)
      const [said = ''] = `${stdout}\n${stderr}`
        .trim()
        .replace(/^(sandbox|bwrap): /, '')
        .split('\n')
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') resolve(`${file} is not installed`)
      else resolve(said === '' ? `${file} ended with ${error.code ?? error.signal}` : said)
    })
  })
}
