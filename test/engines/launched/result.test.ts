import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readOutput } from '../../../scripts/engines/launched/result.ts'
import { notebook } from '../../../scripts/lib/paths.ts'

const token = 'a'.repeat(40)

/** What the node's Speaker prints by some lines of Python. */
const spoken = (lines: string) =>
  execFileSync(
    'python3',
    [
      '-c',
      `import sys\nsys.path.insert(0, sys.argv[1])\nfrom marked import Speaker\ns = Speaker(sys.argv[2])\n${lines}`,
      join(notebook, 'scripts/engines/node'),
      token,
    ],
    { maxBuffer: 2 ** 26 },
  )

test('what a job says is found among what else is printed, and only by its token', () => {
  const output = Buffer.concat([
    Buffer.from('Running entrypoint\nnightshift-bbbb lost {"cause":"cancelled","detail":""}\n'),
    spoken(
      's.say("began", {"node": "n1", "clock": 5.5})\ns.said("über\\n".encode())\ns.block("run", bytes(range(256)) * 500)',
    ),
    Buffer.from('killed'),
  ])
  expect(readOutput(output, token)).toEqual({
    began: { node: 'n1', at: 5500 },
    said: ['über'],
    block: { kind: 'run', content: Buffer.from([...Array(500)].flatMap(() => [...Array(256).keys()])) },
    wrong: null,
    lost: null,
  })
  expect(readOutput(output, 'b'.repeat(40))).toMatchObject({ began: null, block: null, lost: null })
})

test('a block that is cut, changed or too large is refused with its reason', () => {
  const whole = spoken('import os\ns.block("run", os.urandom(9000))').toString('latin1')
  const read = (text: string) => {
    const { block, wrong } = readOutput(Buffer.from(text, 'latin1'), token)
    expect(block).toBeNull()
    return wrong
  }
  for (const length of [whole.length - 2, whole.length >> 1]) expect(read(whole.slice(0, length))).toBe('is cut')
  const lines = whole.split('\n')
  expect(read([...lines.slice(0, 2), ...lines.slice(3)].join('\n'))).toMatch(/^has \d+ bytes of \d+$/)
  expect(read([lines[0], lines[2], lines[1], ...lines.slice(3)].join('\n'))).toBe('is damaged')
  expect(read(whole.replace(/"bytes": \d+/, '"bytes": 1e12'))).toBe('has a block without a right head')
  const bomb = spoken('s.block("run", bytes(2 ** 28))').toString('latin1')
  expect(read(bomb)).toBe('cannot be unpacked')
})

test('why a run is lost is one of the causes', () => {
  const said = (cause: string) => readOutput(spoken(`s.say("lost", {"cause": "${cause}", "detail": "x"})`), token).lost
  expect(said('disk full')).toEqual({ cause: 'disk full', detail: 'x' })
  expect(said('bad luck')).toBeNull()
})
