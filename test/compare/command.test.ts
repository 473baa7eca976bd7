import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { JSDOM } from 'jsdom'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { withPrices } from '../../scripts/compare/prices.ts'
import { readSide, readSides } from '../../scripts/compare/read.ts'
import type { Comparison, Side } from '../../scripts/compare/schema.ts'
import { Failure } from '../../scripts/lib/errors.ts'
import { files } from '../../scripts/record/files/paths.ts'
import { hostile, writeSession } from '../helpers/exampleSessions.ts'
import { decodePng } from '../helpers/png.ts'
import { nightshift, sessionsOf } from '../helpers/throwaway.ts'

const ids = { h100: '2026-11-17-h100-kqzt-nov17', cpu: '2026-11-18-cpu-abcd-nov18', other: '2026-11-19-cpu-abcd-nov19' }
const prose = ['Make it smaller.\n\nTry learning rates first.', 'Make it smaller.\n\nTry larger models first.']
let root = ''

beforeAll(async () => {
  root = join(await mkdtemp(join(tmpdir(), 'nightshift-')), 'repo')
  await mkdir(root)
  const at = (day: number) => `2026-11-${day}T22:03:10Z`
  const session = (more: Parameters<typeof writeSession>[1]) => writeSession(sessionsOf(root), more)
  await session({ id: ids.h100, experiments: 40, startedAt: at(17), prose, costUsd: 0.1, descriptions: hostile })
  await session({
    id: ids.cpu,
    experiments: 24,
    startedAt: at(18),
    prose: prose.slice(0, 1),
    baseline: 2.42,
    confirmed: null,
  })
  const accuracy = { name: 'accuracy', goal: 'maximize', unit: null, holdout: null } as const
  await session({ id: ids.other, experiments: 6, startedAt: at(19), metric: accuracy, baseline: 0.9 })
})
afterAll(() => rm(join(root, '..'), { recursive: true, force: true }))

const run = (...args: string[]) => nightshift(root, 'compare', args)

test('two machines are compared within the terminal’s width and without escape sequences from records', async () => {
  const { stdout, exitCode } = await run('2026-11-17', 'nov18', '--price', 'h100-kqzt=2.50')
  expect(exitCode).toBe(0)
  expect(stdout).toContain('Values of val_bpb are not comparable')
  expect(stdout).toMatch(/Machine: H100\s+\(h100-kqzt\);\s+CPU/)
  expect(stdout).toMatch(/h100-kqzt +\d+ of 39 +[\d.]+% lower +[\d.]+ ± [\d.]+% lower +confirmed \(\d seeds\)/)
  expect(stdout).toMatch(/cpu-abcd +\d+ of 23 +[\d.]+% lower +not confirmed/)
  expect(stdout).toMatch(/h100-kqzt +H100 +[\d.]+ +[\d.]+% lower +\$\d+\.\d\d/)
  expect(stdout.indexOf('Replications')).toBeLessThan(stdout.indexOf('Gain per device-hour'))
  expect(stdout).toMatch(/\d+ replicated, \d+ contradicted, \d+ inconclusive/)
  expect(stdout).toMatch(/constant +h100-kqzt +cpu-abcd/)
  expect(stdout).toMatch(/- Try learning rates first\.\n +\+ Try larger models first\./)
  for (const line of stdout.split('\n')) expect([...line].length, line).toBeLessThanOrEqual(100)
  expect(stdout.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/)
})

test('--json prints the whole comparison', async () => {
  const { stdout } = await run(ids.h100, ids.cpu, '--json')
  const found = JSON.parse(stdout) as Comparison & { records: Side[]; changes: { lines: { sign: string }[] }[] }
  expect(found.sides).toEqual([ids.h100, ids.cpu])
  expect(found.rates.map(({ by }) => by)).toEqual(['confirmed', 'best single run'])
  expect(found.prose.map(({ text }) => text)).toEqual(prose)
  expect(found.prose.map(({ sides }) => sides)).toEqual([[ids.h100, ids.cpu], [ids.h100]])
  expect(found.changes[0]?.lines.map(({ sign }) => sign).join('')).toBe('  -+')
  const [first] = found.records
  expect(first?.frontier.at(-1)?.change).toBe(first?.bestSingleRun)
  expect(found.replication.length).toBeGreaterThan(0)
  expect(found.replication.every(({ cells }) => cells.every(({ side }) => found.sides.includes(side)))).toBe(true)
})

test('--figures writes each figure as SVG and PNG, replacing existing files, and --json lists them', async () => {
  const out = join(root, 'figures')
  await mkdir(out)
  await writeFile(join(out, 'compare.svg'), 'old')
  const { stdout } = await run(ids.h100, ids.cpu, '--price', 'h100-kqzt=2.50', '--figures', out, '--json')
  const names = ['compare', 'compare.hours', 'compare.dollars', 'replication']
  const paths = names.flatMap(name => ['svg', 'png'].map(format => join(out, `${name}.${format}`)))
  expect(JSON.parse(stdout)).toMatchObject({ sides: [ids.h100, ids.cpu], figures: paths })
  expect((await readdir(out)).sort()).toEqual(paths.map(path => basename(path)).sort())
  for (const name of names) {
    const text = await readFile(join(out, `${name}.svg`), 'utf8')
    const { documentElement: svg } = new JSDOM(text, { contentType: 'image/svg+xml' }).window.document
    expect(svg.getAttribute('aria-label')).toMatch(/^Change in val_bpb .*from each session's own baseline/)
    expect(svg.querySelectorAll('text').length).toBeGreaterThan(5)
    expect(svg.querySelectorAll('script, foreignObject, image, a, [onload]')).toHaveLength(0)
    expect(text).not.toMatch(/var\(|[\u001b\u202e]|https?:(?!\/\/www\.w3\.org)/)
    const { width, height, inked } = decodePng(await readFile(join(out, `${name}.png`)))
    expect([width, height]).toEqual(['width', 'height'].map(side => Math.round(Number(svg.getAttribute(side)) * 2)))
    expect(inked).toBeGreaterThan(5000)
  }
})

test('each metric has its own frontiers, and an unwritable folder is an error', async () => {
  const out = join(root, 'others')
  const { stderr } = await run(ids.h100, ids.other, '--figures', out)
  expect(stderr).toMatch(/written .*others\/compare\.2\.hours\.png/)
  expect(await readdir(out)).not.toContain('replication.svg')
  const { stderr: error, exitCode } = await run(ids.h100, ids.cpu, '--figures', join(out, 'compare.svg'))
  expect(error).toMatch(/compare\.svg\/\S+ cannot be written/)
  expect(exitCode).toBe(2)
})

test('different metrics are reported as different and not compared', async () => {
  const { stdout } = await run(ids.h100, ids.other)
  expect(stdout).toContain('These sessions measured different metrics')
  expect(stdout).toContain('No change was tried in more than one session.')
})

test.each([
  [[], /^No session was named\. Name two or more[\s\S]*2026-11-17-h100-kqzt-nov17/],
  [['nov17'], /^nov17 is a single session/],
  [['nov17', '2026-11'], /^2026-11 may be any of 3 sessions\. [\s\S]*2026-11-18/],
  [['nov17', 'gone\u001b[31m'], /^There is no session gone\. [\s\S]*2026-11-19-cpu-abcd-nov19/],
  [['nov17', ids.h100], /^2026-11-17-h100-kqzt-nov17 is named twice/],
] as [string[], RegExp][])('naming %j says what is wrong and what there is', async (names, message) => {
  const failure: unknown = await readSides(names, sessionsOf(root)).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(Failure)
  const { message: found, advice } = failure as Failure
  expect(`${found} ${advice}`).toMatch(message)
})

test('a price must match a session', async () => {
  const { sides } = await readSides(['nov17', 'nov18'], sessionsOf(root))
  expect(withPrices(sides, ['H100=2.5', 'nov18=1']).map(side => side.gpuUsdPerHour)).toEqual([2.5, 1])
  expect(() => withPrices(sides, ['a100=2'])).toThrow('--price a100=2: no session has that name.')
  expect(() => withPrices(sides, ['cheap'])).toThrow('--price cheap is not a price.')
})

test('in an empty notebook the error says what to do, with exit code 2', async () => {
  const { stderr, exitCode } = await run('nov17', 'nov18', '--sessions', '/nowhere')
  expect(stderr).toMatch(/no session nov17.*\n.*There is none in \/nowhere: make some/)
  expect(exitCode).toBe(2)
})

test('--help has an example', async () => {
  expect((await run('--help')).stdout).toMatch(/Examples: npx pnpm compare/)
})

test('a folder outside the notebook can be compared; without a digest it is computed from records and patches', async () => {
  const [home, copy] = [join(sessionsOf(root), ids.cpu), join(root, 'copy')]
  await cp(home, copy, { recursive: true })
  await rm(files.digest(copy))
  const [known, computed] = [await readSide(home), await readSide(copy)]
  expect(computed).toEqual(known)
  // A digest that is older than the records is none: here it lacks the last verdict.
  await cp(files.digest(home), files.digest(copy))
  const lines = (await readFile(files.experiments(copy), 'utf8')).trim().split('\n')
  await writeFile(files.experiments(copy), `${lines.slice(0, -1).join('\n')}\n`)
  expect((await readSide(copy)).side.tried).toHaveLength(known.side.tried.length - 1)
  await expect(readSides([ids.cpu, copy], sessionsOf(root))).rejects.toThrow('Two of the folders hold the same session')
  expect((await readSides([ids.h100, copy], sessionsOf(root))).sides).toHaveLength(2)
})
