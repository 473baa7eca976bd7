/** The searches that `pnpm bench tuner` compares: over the constants of a source, with the loop's decision rule. */
import type { PastExperiment } from '../../scripts/agents/agent.ts'
import { knobsIn } from '../../scripts/agents/tuner/knobs.ts'
import { type Assumed, rankMoves } from '../../scripts/agents/tuner/rankMoves.ts'
import { type Constant, constantsIn, withConstant } from '../../scripts/analysis/source/constants.ts'
import { options } from '../../scripts/analysis/source/steps.ts'
import { decide } from '../../scripts/ratchet/decide.ts'
import type { Random } from '../../scripts/stats/random.ts'

export interface Change {
  name: string
  raw: string
}

/** Proposes the next changes to the best source; null: nothing left to try. */
export type Search = (best: string, past: PastExperiment[], isTried: (source: string) => boolean) => Change[] | null

/** Measures a source: the value to minimise; null: the run crashed. */
export type Measure = (source: string) => number | null | Promise<number | null>

/** @returns the final source by the loop's decision rule */
export async function searchSession(
  start: string,
  measure: Measure,
  search: Search,
  { experiments, sigma }: { experiments: number; sigma: number },
): Promise<string> {
  let [source, best] = [start, await measure(start)]
  if (best === null) throw new RangeError('The start must not crash.')
  const past: PastExperiment[] = []
  const tried = new Set([start])
  for (let number = 1; number <= experiments; number++) {
    const changes = search(source, past, other => tried.has(other))
    if (changes === null) break
    const candidate = apply(source, changes)
    tried.add(candidate)
    const value = await measure(candidate)
    const lines = { linesAdded: changes.length, linesRemoved: changes.length }
    const policy = { lineCost: 0.1, repeat: 'never' as const }
    const decision =
      value === null
        ? null
        : decide({ goal: 'minimize', candidate: [value], head: best, best, sigma, ...lines, policy })
    const kept = decision?.verdict === 'keep'
    const status = kept ? 'keep' : decision ? 'discard' : 'crash'
    past.push({ number, status, gain: decision?.gain ?? null, patch: patchOf(source, candidate) })
    if (kept && value !== null) [source, best] = [candidate, value]
  }
  return source
}

/** A source with constants changed. */
export const apply = (source: string, changes: Change[]): string =>
  changes.reduce((text, { name, raw }) => withConstant(text, name, raw), source)

/** A diff of two texts that differ only in constants' values. */
export function patchOf(before: string, after: string): string {
  const [old, now] = [before.split('\n'), after.split('\n')]
  const lines = old.flatMap((line, i) => (line === now[i] ? [] : [`-${line}`, `+${now[i]}`]))
  return ['--- a/t.py', '+++ b/t.py', ...lines].join('\n')
}

/** The tuner, proposing from past experiments. */
export const tunerSearch =
  (sigma: number, assume?: Assumed): Search =>
  (best, past, isTried) => {
    for (const { steps } of rankMoves(knobsIn(new Map([['t.py', best]])), past, sigma, assume)) {
      const changes = steps.map(({ knob, raw }) => ({ name: knob.name, raw }))
      if (!isTried(apply(best, changes))) return changes
    }
    return null
  }

/**
 * Random search: changes one constant, or each with probability one half, to a value log-uniform within a factor of 16
 * of its start; fractions near one by their distance to one, booleans and words by their options.
 */
export const randomSearch =
  (start: string, random: Random, constants: 'one' | 'many'): Search =>
  (best, _past, isTried) => {
    const all = constantsIn(start)
    for (let tries = 0; tries < 1000; tries++) {
      const one = all[Math.floor(random.uniform() * all.length)]
      const chosen = all.filter(constant => (constants === 'one' ? constant === one : random.uniform() < 0.5))
      const changes = chosen.map(constant => ({ name: constant.name, raw: draw(constant, random) }))
      const candidate = apply(best, changes)
      if (candidate !== best && !isTried(candidate)) return changes
    }
    return null
  }

function draw(constant: Constant, random: Random): string {
  const { raw, value } = constant
  const factor = 16 ** (2 * random.uniform() - 1)
  const power = /^(\d+)(\s*\*\*\s*)(\d+)$/.exec(raw)
  if (power) return `${power[1]}${power[2]}${Math.max(0, Number(power[3]) + Math.round(Math.log2(factor)))}`
  if (value === null || /^[tf]/i.test(raw)) {
    const words = [raw, ...options(constant)]
    return words[Math.floor(random.uniform() * words.length)] ?? raw
  }
  if (/^\d+$/.test(raw)) return String(Math.max(1, Math.round(value * factor)))
  const next = value >= 0.8 && value < 1 ? Math.max(0, 1 - (1 - value) * factor) : (value || 0.1) * factor
  return next.toPrecision(3).replace(/^(\d+)$/, '$1.0')
}
