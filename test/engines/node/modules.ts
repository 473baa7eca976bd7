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
    calls = json.load(sys.stdin)
    print(json.dumps([getattr(importlib.import_module(module), name)(*values) for module, name, *values in calls]))
except failure as error:
    print(json.dumps(str(error)))
`

/**
 * What functions return, through JSON.
 * @param calls each of a module, a function of it, and its arguments
 * @throws {Error} with the message of a `Failure`
 */
export function callsOnNode<Values extends unknown[]>(
  ...calls: { [K in keyof Values]: [module: string, name: string, ...values: unknown[]] }
): Values {
  const output = execFileSync(python, ['-B', '-c', script, nodeModules], {
    input: JSON.stringify(calls),
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
  const answer = JSON.parse(output) as Values | string
  if (typeof answer === 'string') throw new Error(answer)
  return answer
}

/** The same of one function. */
export const callOnNode = <Value>(module: string, name: string, ...values: unknown[]): Value =>
  callsOnNode<[Value]>([module, name, ...values])[0]
