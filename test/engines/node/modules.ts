/** Calls functions of the Python modules that run on a node, with the Python of this machine. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { notebook } from '../../../scripts/lib/paths.ts'

/** Folder of the modules. */
export const nodeModules = join(notebook, 'scripts/engines/node')

/** Itself, and not a program that looks for one. */
export const python = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim()

const script = `
import importlib, json, sys
sys.path.insert(0, sys.argv[1])
failure = importlib.import_module('failure').Failure
try:
    print(json.dumps({'value': getattr(importlib.import_module(sys.argv[2]), sys.argv[3])(*json.load(sys.stdin))}))
except failure as error:
    print(json.dumps({'failure': str(error)}))
`

/**
 * What a function returns, through JSON.
 * @throws {Error} with its message where it raises `Failure`
 */
export function callOnNode<Value>(module: string, name: string, ...values: unknown[]): Value {
  const output = execFileSync(python, ['-B', '-c', script, nodeModules, module, name], {
    input: JSON.stringify(values),
    encoding: 'utf8',
  })
  const answer = JSON.parse(output) as { value: Value; failure?: string }
  if (answer.failure !== undefined) throw new Error(answer.failure)
  return answer.value
}
