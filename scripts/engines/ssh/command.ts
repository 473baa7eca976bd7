/**
 * The command that a host's login shell is given. Which shell that is is not known, so that its words are quoted in the one way
 * that sh, bash, dash, zsh, fish and tcsh read alike: between single quotes, without `'`, `\`, `!` and line ends. All data is
 * base64.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const programs = { call: read('call.py'), install: read('install.py') }

function read(name: string): string {
  return Buffer.from(readFileSync(join(import.meta.dirname, name))).toString('base64')
}

/** sh: "$1" is an interpreter or a folder of one, below the home folder if "$5" is `home`; the rest is what Python is given. */
const shell = [
  'p="$1"',
  'if [ "$5" = home ]; then p="$HOME/$p"; fi',
  'if [ -d "$p" ]; then p="$p/bin/python3"; fi',
  'exec "$p" -I -S -B -c "$2" "$3" "$4"',
].join('; ')

/** Executes the program with its argument as the only one. */
const first = 'import base64,sys;code=base64.b64decode(sys.argv.pop(1)).decode();exec(code)'

/**
 * @param python interpreter on the host, or the folder of a virtual environment
 * @param words what the program is given, as JSON
 */
export const remoteCommand = (program: keyof typeof programs, python: string, words: readonly string[]): string =>
  [
    'exec',
    'sh',
    '-c',
    quoted(shell),
    'sh',
    quoted(python.replace(/^~\//, '')),
    quoted(first),
    programs[program],
    Buffer.from(JSON.stringify(words)).toString('base64'),
    python.startsWith('~/') ? 'home' : 'plain',
  ].join(' ')

/** @throws {Error} for what not every shell reads the same: a bug, since program.md cannot hold it */
function quoted(word: string): string {
  if (/['\\!\n\r\0]/.test(word)) throw new Error(`a word that cannot be quoted: ${JSON.stringify(word)}`)
  return `'${word}'`
}
