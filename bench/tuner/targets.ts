/** Targets with known true loss, for `pnpm bench tuner`: a source text with constants, and its loss. */
import { type Constant, constantsIn } from '../../scripts/analysis/source/constants.ts'

export interface Target {
  name: string
  /** The editable file at the start. */
  source: string
  /** True loss above the optimum, in σ, to minimise; null: the run crashes. */
  loss(values: Map<string, Constant>): number | null
}

export const valuesOf = (source: string): Map<string, Constant> => new Map(constantsIn(source).map(c => [c.name, c]))

/** log2 of a constant's ratio to a value; −8 for values of zero or less. */
const doublings = (values: Map<string, Constant>, name: string, from: number): number => {
  const value = values.get(name)?.value ?? 0
  return value > 0 ? Math.log2(value / from) : -8
}

/** Six independent constants, each starting away from its optimum. */
const bowl: Target = {
  name: 'bowl',
  source: `LEARNING_RATE = 0.002
EMBEDDING_RATE = 0.6
BATCH = 64
WARMDOWN = 0.1
BETA2 = 0.95
WEIGHT_DECAY = 0.1
`,
  loss(values) {
    const at = (name: string, best: number) => doublings(values, name, best) ** 2
    const beta = 1 - (values.get('BETA2')?.value ?? 0)
    return (
      3 * at('LEARNING_RATE', 0.011) +
      2 * at('EMBEDDING_RATE', 0.23) +
      2 * at('BATCH', 23) +
      1.5 * at('WARMDOWN', 0.42) +
      (beta > 0 ? Math.log2(beta / 0.02) ** 2 : 60) +
      0.7 * at('WEIGHT_DECAY', 0.03)
    )
  },
}

/** Rate and batch, and depth and width, must change together; too much memory crashes. */
const valley: Target = {
  name: 'valley',
  source: `LR = 3e-4
BATCH = 2**6
DEPTH = 3
WIDTH = 128
HEADS = 4
DROPOUT = 0.1
`,
  loss(values) {
    const [lr, batch] = [doublings(values, 'LR', 3e-3), doublings(values, 'BATCH', 2 ** 4)]
    const [depth, width] = [doublings(values, 'DEPTH', 6), doublings(values, 'WIDTH', 256)]
    if (depth + 2 * width + batch > 3) return null
    if ((values.get('WIDTH')?.value ?? 0) % (values.get('HEADS')?.value ?? 1) !== 0) return null
    const along = (lr + batch) / 2
    const across = lr - batch / 2
    const dropout = 60 * (values.get('DROPOUT')?.value ?? 0)
    return 4 * across ** 2 + along ** 2 + 5 * (depth - width) ** 2 + 1.5 * (depth + width) ** 2 + dropout
  },
}

const patterns = ['SSSL', 'SSL', 'SL', 'SLL', 'L']

/** Flat far from the optimum; one categorical constant matters, and half of the constants have no effect. */
const plateau: Target = {
  name: 'plateau',
  source: `RATE = 0.01
WINDOW_PATTERN = 'L'  # 'SSSL', 'SSL', 'SL', 'SLL' or 'L'
USE_GATE = False
CLIP = 1.0
SOFTCAP = 30.0
MOMENTUM = 0.9
ROTARY_BASE = 10000
EPSILON = 1e-8
LOG_EVERY = 50
`,
  loss(values) {
    const dip = (name: string, best: number, width: number) =>
      1 - Math.exp(-((doublings(values, name, best) / width) ** 2) / 2)
    const pattern = patterns.indexOf(values.get('WINDOW_PATTERN')?.raw.slice(1, -1) ?? '')
    if (pattern < 0) return null
    const gate = values.get('USE_GATE')?.value === 1 ? 0 : 4
    return 20 * dip('RATE', 0.07, 1.5) + 8 * dip('SOFTCAP', 12, 1) + 2.5 * Math.abs(pattern - 1) + gate
  },
}

export const targets: Target[] = [bowl, valley, plateau]
