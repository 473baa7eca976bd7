/** An example in a throwaway repository, and one run of it, believed or not as the harness would. */
import { mkdir, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { execa } from 'execa'
import { notebook } from '../../scripts/lib/paths.ts'
import { readProgram } from '../../scripts/program/read.ts'
import { readEvaluation } from '../../scripts/ratchet/train/measure/evaluationFile.ts'
import { type Measured, measure } from '../../scripts/ratchet/train/measure/measure.ts'
import { repository } from '../helpers/throwaway.ts'

export interface Example {
  /** Root of the repository. */
  root: string
  /** Folder of the example in it. */
  folder: string
  /** Path of its program.md. */
  program: string
}

/** A copy of `examples/<name>`, with the repository's packages in reach as `link` puts them. */
export async function example(name: string): Promise<Example> {
  const source = join(notebook, 'examples', name)
  const entries = await readdir(source, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  const contents = await Promise.all(
    files.map(async file => [file.slice(notebook.length + 1), await readFile(file, 'utf8')] as const),
  )
  const root = await repository({
    'package.json': '{ "type": "module" }\n',
    '.gitignore': 'node_modules\n',
    ...Object.fromEntries(contents),
  })
  await symlink(join(notebook, 'node_modules'), join(root, 'node_modules'))
  const folder = join(root, 'examples', name)
  return { root, folder, program: join(folder, 'program.md') }
}

/** Runs the command of program.md once, in the example's folder. */
export async function run({ folder, program, root }: Example, splits = 'val'): Promise<Measured> {
  const { contract } = await readProgram(program)
  const path = join(root, '../eval.json')
  const output = join(root, '../output')
  await rm(output, { recursive: true, force: true })
  await mkdir(output)
  const execute = (command: string, variables: Record<string, string>) =>
    execa('sh', ['-c', command], {
      cwd: join(folder, contract.target),
      reject: false,
      all: true,
      env: { ...withNode(), NIGHTSHIFT_SEED: '1', NIGHTSHIFT_SPLITS: splits, ...variables },
    })
  const evaluator = contract.evaluate?.after ?? null
  const toEvaluate = { NIGHTSHIFT_EVAL: path }
  const toLeave = { NIGHTSHIFT_OUTPUT: output }
  const result = await execute(contract.run, evaluator === null ? toEvaluate : toLeave)
  const after = evaluator === null || result.failed ? null : await execute(evaluator, { ...toLeave, ...toEvaluate })
  const evaluated = after && {
    code: after.exitCode ?? null,
    signal: null,
    ended: null,
    content: null,
    unreadable: null,
    said: after.all,
    refused: null,
  }
  const exit = { code: result.exitCode ?? null, signal: null, seconds: 0, ended: null, evaluated }
  const { evaluation, unreadable } = await readEvaluation(path)
  const frozen = { evaluation: null, command: null, ...(evaluator !== null && { evaluator }) }
  return measure(exit, result.all, evaluation, contract.metric, {
    holdout: splits.includes('holdout'),
    unreadable,
    frozen,
    isPrintIgnored: evaluator !== null,
  })
}

/** The Node of this process before any other: the one that pnpm gives to a session. */
export const withNode = (): { PATH: string } => ({
  PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}`,
})

/** Replaces text in a file of the example. @throws when it is not there: a test must change what it thinks it changes */
export function replaced(text: string, ...changes: [from: string | RegExp, to: string][]): string {
  return changes.reduce((now, [from, to]) => {
    const next = now.replace(from, to)
    if (next === now) throw new Error(`${String(from)} is not in the file.`)
    return next
  }, text)
}
