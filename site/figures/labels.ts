/**
 * Places labels without overlaps. Pixels in, pixels out. Each label has a few candidate positions; greedy placement is
 * repeated in many random orders, and the best result is kept. A label without a free position is left out, the least
 * important first.
 */

export interface Item {
  /** Centre of the labelled mark. */
  x: number
  y: number
  width: number
  /** 0 is the most important. */
  rank: number
}

export interface Box {
  x0: number
  x1: number
  y0: number
  y1: number
}

/** A leader from the mark to its label: [x1, y1, x2, y2]. */
export type Segment = [number, number, number, number]

export type Placed<T> = T & {
  /** Left edge and vertical centre. */
  at: [number, number]
  leader: Segment | null
}

interface Candidate {
  box: Box
  cost: number
  leader: Segment | null
  /** Index among the candidates of all labels. */
  index: number
}

/** Whether two candidates are compatible. */
type Fits = (a: Candidate, b: Candidate) => boolean

interface Obstacles {
  /** Boxes that neither label nor leader may touch. */
  hard?: Box[]
  /** Points that labels avoid where possible. */
  soft?: [number, number][]
  bounds: Box
  /** Height of a line of text. */
  line?: number
  rounds?: number
}

/** Places labels; returns those that fit, in no particular order. Deterministic. */
export function place<T extends Item>(items: T[], obstacles: Obstacles): Placed<T>[] {
  const { rounds = 500 } = obstacles
  const entries = [...items]
    .sort((a, b) => a.rank - b.rank)
    .map(item => ({ item, options: optionsOf(item, obstacles) }))
  const random = generator(1)
  const fits = cachedFits(entries.flatMap(e => e.options))
  let best: ReturnType<typeof greedy<T>> = { score: Number.POSITIVE_INFINITY, placed: [] }
  for (let round = 0; round < rounds; round++) {
    const result = greedy(round === 0 ? entries : shuffled(entries, (random() * round) / 20, random), fits)
    if (result.score < best.score) best = result
    if (best.score === 0) break
  }
  return best.placed.map(({ item, c }) => ({
    ...item,
    at: [c.box.x0 + 1, (c.box.y0 + c.box.y1) / 2],
    leader: c.leader,
  }))
}

interface Entry<T> {
  item: T
  options: Candidate[]
}

/** Allowed candidates of one label, lowest cost first. */
function optionsOf(item: Item, { hard = [], soft = [], bounds, line = 14 }: Obstacles): Candidate[] {
  const weight = 1 + 1 / (1 + item.rank)
  return candidates(item, line)
    .filter(c => allowed(c, hard, bounds))
    .map(c => ({ ...c, cost: (c.cost + 70 * covered(c, soft)) * weight }))
    .sort((a, b) => a.cost - b.cost)
}

/** The order by rank, with each item moved by up to about `amount` positions. */
function shuffled<T>(entries: Entry<T>[], amount: number, random: () => number): Entry<T>[] {
  return entries
    .map((entry, i) => ({ key: i + random() * amount, entry }))
    .sort((a, b) => a.key - b.key)
    .map(({ entry }) => entry)
}

/** Caches the compatibility of each pair, since every order checks the same pairs. */
function cachedFits(places: Candidate[]): Fits {
  places.forEach((place, i) => {
    place.index = i
  })
  const known = new Uint8Array(places.length ** 2)
  return (a, b) => {
    const at = a.index * places.length + b.index
    if (known[at] === 0) known[at] = apart(a, b) ? 1 : 2
    return known[at] === 1
  }
}

function greedy<T extends Item>(order: Entry<T>[], fits: Fits): { placed: { item: T; c: Candidate }[]; score: number } {
  const placed: { item: T; c: Candidate }[] = []
  let score = 0
  for (const { item, options } of order) {
    const c = options.find(option => placed.every(other => fits(option, other.c)))
    if (c) placed.push({ item, c })
    score += c ? c.cost : 90 + 400 / (1 + item.rank)
  }
  return { placed, score }
}

/** Candidates: right of the mark, above it, on all four sides with a leader, below on a stem. */
function candidates({ x, y, width }: Item, line: number): Candidate[] {
  const out: Candidate[] = []
  const add = (left: number, middle: number, cost: number, leader: Segment | null = null) =>
    out.push({
      box: { x0: left - 1, x1: left + width + 1, y0: middle - line / 2, y1: middle + line / 2 },
      cost,
      leader,
      index: 0,
    })
  add(x + 12, y, 0)
  add(x + 7, y - line * 0.68, 3)
  for (let k = 1; k <= 9; k++) {
    for (const side of [-1, 1]) {
      const middle = y + side * k * 6
      for (const run of [26, 40]) add(x + run, middle, 2 + k * 2 + run / 4, [x + 4, y + side * 4, x + run - 3, middle])
      add(x - 22 - width, middle, 12 + k * 2, [x - 4, y + side * 4, x - 19, middle])
    }
    const below = y + 7 + k * line * 0.75
    const stem: Segment = [x, y + 5, x, below - line / 2 + 1]
    add(x - 3, below, 6 + k * 4 + (k * k) / 2, stem)
    add(x + 3 - width, below, 9 + k * 4 + (k * k) / 2, stem)
  }
  return out
}

const allowed = (c: Candidate, hard: Box[], b: Box): boolean =>
  c.box.x0 >= b.x0 &&
  c.box.x1 <= b.x1 &&
  c.box.y0 >= b.y0 &&
  c.box.y1 <= b.y1 &&
  hard.every(h => !overlap(h, c.box) && !(c.leader && hits(c.leader, h)))

const covered = ({ box }: Candidate, soft: [number, number][]): number =>
  soft.filter(([x, y]) => x > box.x0 - 3 && x < box.x1 + 3 && y > box.y0 - 4 && y < box.y1 + 4).length

const apart = (a: Candidate, b: Candidate): boolean =>
  !overlap(a.box, b.box) &&
  !(a.leader && hits(a.leader, b.box)) &&
  !(b.leader && hits(b.leader, a.box)) &&
  !(a.leader && b.leader && crosses(a.leader, b.leader))

export const overlap = (a: Box, b: Box): boolean => a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1

/** Tests thirteen points of the leader: enough for at most 60 pixels. */
function hits([x1, y1, x2, y2]: Segment, box: Box): boolean {
  for (let i = 0; i <= 12; i++) {
    const x = x1 + ((x2 - x1) * i) / 12
    const y = y1 + ((y2 - y1) * i) / 12
    if (x > box.x0 - 1 && x < box.x1 + 1 && y > box.y0 && y < box.y1) return true
  }
  return false
}

const side = ([x1, y1, x2, y2]: Segment, x: number, y: number): number =>
  Math.sign((x2 - x1) * (y - y1) - (y2 - y1) * (x - x1))

const crosses = (a: Segment, b: Segment): boolean =>
  side(a, b[0], b[1]) !== side(a, b[2], b[3]) && side(b, a[0], a[1]) !== side(b, a[2], a[3])

/** A linear congruential generator in [0, 1), so that the same data give the same figure. */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1664525 + 1013904223) >>> 0
    return state / 2 ** 32
  }
}
