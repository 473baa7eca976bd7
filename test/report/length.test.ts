/** How much of a report stands open: two screens, however much a session tried. */
import type { Nodes, RootContent } from 'mdast'
import { expect, test } from 'vitest'
import { resolved } from '../../scripts/report/markdown.ts'
import { grouped, isFold } from '../../scripts/report/render/fold.ts'
import { figureOf } from '../../scripts/report/resolve.ts'
import { template } from '../../scripts/report/sections/template.ts'
import { buildExperiment, buildSession, exampleSession, patch, reportInputOf } from '../helpers/exampleRecords.ts'

/** Characters of a line, and lines of a figure that is 900 by 300, as GitHub shows them. */
const [LINE_CHARACTERS, FIGURE_LINES] = [100, 14]

const textOf = (node: Nodes): string =>
  'value' in node ? node.value : 'children' in node ? node.children.map(textOf).join(' ') : ''
const wrapped = (text: string): number => Math.max(1, Math.ceil(text.length / LINE_CHARACTERS))

/** Lines of a block; a heading has an empty line before it. */
function linesOf(node: RootContent): number {
  if (figureOf(node) !== null) return FIGURE_LINES
  if (node.type === 'code') return node.value.split('\n').length
  if (node.type === 'heading') return 2
  if (node.type === 'list' || node.type === 'table')
    return node.children.reduce((lines, child) => lines + wrapped(textOf(child)), 0)
  return wrapped(textOf(node))
}

const openLines = (input: Parameters<typeof template>[0]): number =>
  grouped(resolved(input, template(input)).children).reduce(
    (lines, group) => lines + (isFold(group) ? (group.isSection ? 0 : 1) : linesOf(group)),
    0,
  )

test('at most 80 lines of a report of 126 experiments stand open', () => {
  const words = 'and in addition what an agent says at length of why this should help in five minutes of training'
  const knobs = ['LEARNING_RATE', 'WARMDOWN', 'DECAY', 'DEPTH_SCALE', 'MOMENTUM', 'EMBEDDING_RATE', 'HEAD_RATE']
  const made = Array.from({ length: 125 }, (_, i) => {
    const [number, knob] = [i + 1, knobs[i % knobs.length] as string]
    const [before, after] = [`${knob} = 0.5`, `${knob} = ${(0.1 + Math.floor(i / 7) / 20).toFixed(3)}`]
    const kind = i % 6 === 0 ? 'keep' : i % 11 === 0 ? 'crash' : 'discard'
    const gain = kind === 'keep' ? 0.01 / number : kind === 'crash' ? undefined : (i % 13) / -1000 + 0.001
    return {
      patch: patch(before, after),
      experiment: buildExperiment(number, {
        status: kind,
        metric: kind === 'crash' ? null : 2.4 - number / 1000,
        description: `${before} → ${after}, depth 12 ${words}`,
        hypothesis: words,
        ...(gain === undefined ? { reason: `Crash: exit code 1: ${words}` } : { gain }),
        agent: { use: 'claude', model: 'opus', seconds: 9, tokens: 900, costUsd: 0.1 },
      }),
    }
  })
  const { experiments: example } = exampleSession()
  const baseline = example.slice(0, 1)
  const input = reportInputOf(
    buildSession(),
    [...baseline, ...made.map(({ experiment }) => experiment)],
    new Map(made.map(({ experiment, patch }) => [experiment.number, patch])),
  )
  expect(openLines(input)).toBeLessThanOrEqual(80)
  // It is not short because it is empty.
  expect(openLines(input)).toBeGreaterThan(55)
  expect(template(input)).toContain('::part{optima}')
})
