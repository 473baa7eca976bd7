/** The author with real programs as agents: correct, careless, stubborn and failing ones. */
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { agentSchema } from '../../../scripts/program/contract.ts'
import { writeWithAgent } from '../../../scripts/report/agent/author.ts'
import { authorshipSentences } from '../../../scripts/report/agent/disclose.ts'
import { materialsOf } from '../../../scripts/report/agent/materials.ts'
import { scratch } from '../../helpers/throwaway.ts'
import { edited, good, known, plain, session } from './plain.ts'

const materials = materialsOf(session, known, 'as printed')

/** The report of an agent that runs these shell commands, one per round. */
async function writtenWith(...steps: string[]) {
  const home = await scratch()
  const count = `n=$(cat ${home}/count 2>/dev/null || echo 0); echo $((n + 1)) > ${home}/count; cat > ${home}/prompt.$n`
  const turns = steps.map((step, i) => `${i}) ${step} ;;`).join('\n')
  const command = `${count}\ncase $n in\n${turns}\n*) echo lost; exit 1 ;;\nesac`
  const spec = agentSchema.parse({ use: 'command', command, model: 'pen-2', timeout: '30s' })
  const transcript = join(home, 'report.jsonl')
  const workspaceRoot = join(home, 'workspaces')
  const done = {
    templateSource: plain,
    workspaceRoot,
    known,
    materials,
    spec,
    machine: 'cpu-abcd',
    transcript,
    signal: AbortSignal.timeout(60_000),
  }
  const { source, writing } = await writeWithAgent(done)
  const prompts = (await readdir(home)).filter(name => name.startsWith('prompt.')).sort()
  return { source, writing, home, prompts: await Promise.all(prompts.map(name => readFile(join(home, name), 'utf8'))) }
}

/** A shell command that writes report.md. */
const writes = (text: string) => `printf %s '${text.replaceAll("'", "'\\''")}' > report.md; echo done`

const fine = edited(['The template says this.', good], ['A longer session.', 'Longer warm-downs.'])

test('correct prose is accepted unchanged; facts, hypotheses and diffs are in the workspace', async () => {
  const look = 'for file in facts.md experiments.md diffs/0001.patch; do echo "== $file"; cat $file; done'
  const { source, writing, home, prompts } = await writtenWith(`${look}; ls; ${writes(fine)}`)
  expect(source).toBe(fine)
  expect(writing).toMatchObject({ use: 'command', model: 'pen-2', wrote: true, failed: null, rounds: [[]], cut: [] })
  expect(prompts).toHaveLength(1)
  expect(prompts[0]).toMatch(/val_bpb, lower is better[\s\S]*facts\.md[\s\S]*:fact\[headline\.gain]/)
  const seen = await readFile(join(home, 'report.jsonl'), 'utf8')
  expect(seen).toContain('headline.gain = −0.1340 ± 0.0065  (confirmed)')
  expect(seen).toContain('1  keep  +0.12  LEARNING_RATE')
  expect(seen).toContain('+LEARNING_RATE = 1.2e-2')
  expect(await readdir(join(home, 'workspaces'))).toEqual([])
  expect(authorshipSentences(writing).join(' ')).toMatch(
    /were written by command \(pen-2\) on cpu-abcd;.* The checker found nothing\. Writing took/,
  )
})

test('mistakes are sent back with their lines, and fixed ones are not cut', async () => {
  const bad = fine.replace(good, `${good} It was proven 40 times. See <b>here</b> and :exp[99].`)
  const { source, writing, prompts } = await writtenWith(writes(bad), writes(fine))
  expect(source).toBe(fine)
  expect(writing.rounds.map(round => round.map(({ kind, line }) => `${line} ${kind}`))).toEqual([
    ['13 confirmation', '13 number', '13 html', '13 html', '13 reference'],
    [],
  ])
  expect(prompts[1]).toMatch(/Correct a report[\s\S]*line 13: 40: Numbers come from references/)
  expect(authorshipSentences(writing).join(' ')).toContain(
    'The checker found 5 mistakes and nothing, in the order of its 2 versions.',
  )
})

test('mistakes left after two corrections are cut with their sentence, and the report says so', async () => {
  const bad = (n: number) => fine.replace(good, `${good} It was ${n} times better. So go on.`)
  const { source, writing, prompts } = await writtenWith(writes(bad(2)), writes(bad(3)), writes(bad(4)))
  expect(source).toBe(fine.replace(good, `${good} So go on.`))
  expect(prompts).toHaveLength(3)
  expect(writing).toMatchObject({ wrote: true, failed: null, cut: [{ kind: 'number', found: '4' }] })
  expect(writing.rounds.map(round => round.map(({ found }) => found))).toEqual([['2'], ['3'], ['4']])
  expect(authorshipSentences(writing).join(' ')).toContain('1 mistake stayed and was cut with its sentence.')
})

test('an agent that ignores its mistakes is not asked a third time', async () => {
  const { source, writing, prompts } = await writtenWith(writes(fine.replace(good, `${good} It was 7.`)), 'echo no')
  expect(source).toBe(fine)
  expect([prompts.length, writing.rounds.length, writing.cut.length]).toEqual([2, 1, 1])
})

test('if the agent fails in a later round, its earlier correct text is kept', async () => {
  const { source, writing } = await writtenWith(
    writes(fine.replace(good, `${good} It was 7.`)),
    'echo gone >&2; exit 75',
  )
  expect(source).toBe(fine)
  expect(writing).toMatchObject({ wrote: true, failed: expect.stringContaining('down for now: gone') })
  expect(authorshipSentences(writing).join(' ')).toContain(
    'In a later round it failed: The command agent is down for now: gone.',
  )
})

test.each([
  ['that is down', 'echo "no credit" >&2; exit 3', 'exit code 3: no credit'],
  ['that does nothing', 'echo done', 'it did not change report.md'],
  ['that takes the report away', 'rm report.md', 'is missing'],
  [
    'that leaves a link to another file',
    'echo secret > other; rm report.md; ln -s other report.md',
    'is a link or not a file',
  ],
  [
    'that leaves a second name of another file',
    'echo secret > o; rm report.md; ln o report.md',
    'is a link or not a file',
  ],
  ['that leaves a folder', 'rm report.md; mkdir report.md', 'is a link or not a file'],
  [
    'that replaces the workspace with another folder',
    'd=$PWD; cp -r . ../other; rm -r "$d"; ln -s ../workspaces/other "$d"',
    'was moved',
  ],
  ['that writes without end', 'yes "a word" | head -c 600000 > report.md', 'has 586 KB, 512 are allowed'],
  ['that empties the report', ': > report.md', 'nothing of what it wrote could be kept'],
])('of one %s, the template is the report, and the reason is said', async (_, step, why) => {
  const { source, writing } = await writtenWith(step, 'true', 'true')
  expect(source).toBe(plain)
  expect(writing).toMatchObject({ wrote: false, failed: expect.stringContaining(why) })
  expect(authorshipSentences(writing)[0]).toContain(
    "Written by Nightshift's template, not by a model: command was asked, but",
  )
})

test('other files are ignored, secrets and escapes are removed, and orphan processes are ended', async () => {
  process.env.PROBE_API_KEY = 'correct-horse-battery'
  const text = fine.replace(good, `${good}\u001b[31m The key is correct-horse-battery.`)
  const late = '(sleep 300 > /dev/null 2>&1 & echo $!)'
  const { source, home } = await writtenWith(
    `echo x > facts.md; mkdir -p sub; echo y > sub/z; ${late}; ${writes(text)}`,
  )
  delete process.env.PROBE_API_KEY
  expect(source).toContain('The key is [key].')
  expect(source).not.toContain('\u001b')
  const pid = Number(/\d{2,}/.exec(await readFile(join(home, 'report.jsonl'), 'utf8'))?.[0])
  // A container without an init keeps what is dead as a zombie: it has no command line any more.
  const { stdout } = await execa('ps', ['-o', 'args=', '-p', String(pid)], { reject: false })
  expect(stdout).not.toContain('300')
})

test('if it is stopped with the session, the template stays', async () => {
  const home = await scratch()
  const spec = agentSchema.parse({ use: 'command', command: `touch ${home}/began; exec sleep 305` })
  const stop = new AbortController()
  const shared = {
    templateSource: plain,
    workspaceRoot: home,
    known,
    materials,
    spec,
    machine: '',
    transcript: join(home, 't'),
    signal: stop.signal,
  }
  const writes = writeWithAgent(shared)
  while (!existsSync(join(home, 'began'))) await wait(20)
  stop.abort()
  const { source, writing } = await writes
  expect([source, writing.wrote]).toEqual([plain, false])
})
