import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readProgram } from '../../scripts/program/read.ts'
import { scratch, write } from '../helpers/throwaway.ts'

test.each([
  ['engines', ['slurm', 'ssh', 'ray']],
  ['launchers', ['command']],
])('each program.md of docs/%s.md is a contract', async (page, engines) => {
  const text = await readFile(join(import.meta.dirname, `../../docs/${page}.md`), 'utf8')
  const programs = [...text.matchAll(/```yaml\n(---\n[\s\S]*?\n---\n)```/g)].map(match => match[1] ?? '')
  const uses = programs.map(async frontmatter => {
    const folder = await scratch()
    await write(folder, { 'program.md': `${frontmatter}\nTry things.\n` })
    return (await readProgram(join(folder, 'program.md'), {})).contract.engine.use
  })
  expect(await Promise.all(uses)).toEqual(engines)
})
