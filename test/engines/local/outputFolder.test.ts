import { link, mkdir, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { outputProblem } from '../../../scripts/engines/local/outputFolder.ts'
import { scratch, write } from '../../helpers/throwaway.ts'
import { callsOnNode } from '../node/modules.ts'

const programs = [
  { name: 'local', problems: (roots: string[]) => Promise.all(roots.map(outputProblem)) },
  {
    name: 'node',
    problems: async (roots: string[]) =>
      callsOnNode<(string | null)[]>(
        ...roots.map((root): [string, string, ...unknown[]] => ['output_folder', 'output_problem', root]),
      ),
  },
]

/** What a run leaves, by what is said of it. */
const left: Record<string, (output: string) => Promise<unknown>> = {
  null: async () => {},
  'a link in NIGHTSHIFT_OUTPUT (a/l)': output => symlink('/etc/passwd', join(output, 'a/l')),
  'a hard link in NIGHTSHIFT_OUTPUT (a/h)': async output => {
    await writeFile(join(output, '../other'), '')
    await link(join(output, '../other'), join(output, 'a/h'))
  },
  'a pipe in NIGHTSHIFT_OUTPUT (a/p)': output => execa('mkfifo', [join(output, 'a/p')]),
  'more than 1024 MiB in NIGHTSHIFT_OUTPUT': async output => {
    await writeFile(join(output, 'a/big'), '')
    await truncate(join(output, 'a/big'), 2 ** 30 + 1)
  },
  'no folder NIGHTSHIFT_OUTPUT': output => rm(output, { recursive: true }),
  'a link in the place of NIGHTSHIFT_OUTPUT': async output => {
    await rm(output, { recursive: true })
    await symlink('.', output)
  },
}

describe.each(programs)('by the $name runner', ({ problems }) => {
  test('what an evaluator shall not open is named', async () => {
    const root = await scratch()
    const outputs = Object.keys(left).map((_, i) => join(root, String(i), 'output'))
    for (const [i, leave] of Object.values(left).entries()) {
      const output = outputs[i] as string
      await mkdir(join(output, 'a/b'), { recursive: true })
      await write(output, { 'a/model.bin': '1', é: '2' })
      await leave(output)
    }
    expect((await problems(outputs)).map(String)).toEqual(Object.keys(left))
  })
})
