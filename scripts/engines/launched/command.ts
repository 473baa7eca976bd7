/** The command of a launched job. What is to be done is in the job's own package. */
import { pythonFlags } from '../remote/channel.ts'

/** Takes an interpreter, or the folder of a virtual environment, of which the first may begin with `~/`. */
// A shell script.
const findPython = [
  'p=$1; shift',
  `case $p in "~/"*) p=$HOME/\${p#"~/"} ;; esac`,
  'if [ -d "$p" ]; then p=$p/bin/python3; fi',
  'exec "$p" "$@"',
].join('\n')

/**
 * Program and arguments. The folders are those into which the packages were unpacked on the node.
 * @param python `engine.python` of program.md
 */
export function commandOf(python: string | null, folders: { session: string; run: string }): string[] {
  const words = [...pythonFlags, folders.session, 'once', folders.run]
  return python === null ? ['python3', ...words] : ['sh', '-c', findPython, 'sh', python, ...words]
}

/** A word of a shell command that is this text. */
export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
