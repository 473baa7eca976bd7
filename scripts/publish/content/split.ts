/** Splits a document into parts of limited size, so that it can be posted whole: a body, and comments that go on with it. Pure. */
import type { Code, List, RootContent, Table } from 'mdast'
import { paragraph } from '../../report/nodes.ts'
import { type Fold, grouped, isFold } from '../../report/render/fold.ts'
import { blocksText } from '../../report/render/github.ts'
import { sizeOf } from '../post.ts'

type Block = RootContent | Fold

/** Room for the notes that say that there are more parts, and for what stands between blocks. */
const NOTES = 400
const BETWEEN = 20

/**
 * The document as GitHub Markdown, in parts of at most `limit` by `sizeOf`. Tables, lists and code that do not fit are continued
 * in the next part, under the same summary where they are folded; nothing is left out.
 * @throws {Error} for a limit under which a single row or paragraph does not fit; a line of code goes on in the next part
 */
export function splitDocument(children: RootContent[], limit: number): string[] {
  const blocks = grouped(children)
  const whole = isFarOver(blocks, limit) ? null : blocksText(blocks)
  if (whole !== null && sizeOf(whole) <= limit) return [whole]
  const parts = distribute(unitsOf(blocks), limit - NOTES)
  return parts.map((part, i) => blocksText(withNotes(part, i, parts.length)))
}

function withNotes(part: Block[], i: number, of: number): Block[] {
  const before = i === 0 ? [] : [paragraph(`Part ${i + 1} of ${of}.`)]
  const after = i === of - 1 ? [] : [paragraph(`Part ${i + 2} of ${of} is in a comment below.`)]
  return [...before, ...part, ...after]
}

/** Blocks that stay together: a heading with what follows it. */
function unitsOf(blocks: Block[]): Block[][] {
  const units: Block[][] = []
  for (const block of blocks) {
    const last = units.at(-1)
    const before = last?.at(-1)
    if (last && before && !isFold(before) && before.type === 'heading') last.push(block)
    else units.push([block])
  }
  return units
}

function distribute(units: Block[][], limit: number): Block[][] {
  const parts: Block[][] = [[]]
  let left = limit
  const waiting = [...units]
  for (let unit = waiting.shift(); unit; unit = waiting.shift()) {
    const part = parts.at(-1) ?? []
    const size = isFarOver(unit, left) ? Number.POSITIVE_INFINITY : sizeOfBlocks(unit)
    if (size <= left) {
      part.push(...unit)
      left -= size
      continue
    }
    const halves = splitUnit(unit, left, part.length === 0)
    if (halves) part.push(...halves[0])
    else if (part.length === 0) throw new Error(`A block of ${sizeOfBlocks(unit)} characters cannot be split.`)
    waiting.unshift(halves ? halves[1] : unit)
    parts.push([])
    left = limit
  }
  return parts
}

const sizeOfBlocks = (blocks: Block[]): number => sizeOf(blocksText(blocks)) + BETWEEN

/** Whether the words alone have twice the size: to write long blocks whole, only to see that they do not fit, takes long. */
function isFarOver(blocks: Block[], limit: number): boolean {
  let left = 2 * limit
  const count = (node: Block): void => {
    if (left < 0) return
    if ('value' in node) left -= node.value.length
    if ('children' in node) for (const child of node.children) count(child)
  }
  for (const block of blocks) count(block)
  return left < 0
}

/**
 * The longest beginning of a unit that fits, and the rest; null where nothing of it fits.
 * @param isAlone the part has nothing else: something must go into it
 */
function splitUnit(unit: Block[], room: number, isAlone: boolean): [Block[], Block[]] | null {
  const last = unit.at(-1)
  const before = unit.slice(0, -1)
  if (last === undefined) return null
  const halves = splitBlock(last, room - (before.length > 0 ? sizeOfBlocks(before) : 0), isAlone)
  return halves && [[...before, halves[0]], [halves[1]]]
}

/** Rows of a table or a list under which it is not begun: they would only look lost. */
const MIN_ITEMS = 3

function splitBlock(block: Block, room: number, isAlone: boolean): [Block, Block] | null {
  if (isFold(block)) return splitFold(block, room, isAlone)
  const least = isAlone ? 1 : MIN_ITEMS
  const fits = (beginning: Block) => !isFarOver([beginning], room) && sizeOfBlocks([beginning]) <= room
  switch (block.type) {
    case 'table': {
      const [head, ...rows] = block.children
      const withRows = (some: Table['children']): Table => ({ ...block, children: head ? [head, ...some] : some })
      return halvesOf(rows, withRows, fits, least)
    }
    case 'list':
      return halvesOf(block.children, (children): List => ({ ...block, children }), fits, least)
    case 'code': {
      const withLines = (lines: string[]): Code => ({ ...block, value: lines.join('\n') })
      const halves = halvesOf(block.value.split('\n'), withLines, fits, least)
      if (halves !== null || !isAlone) return halves
      // A line that is longer than a part.
      return halvesOf([...block.value], (letters): Code => ({ ...block, value: letters.join('') }), fits, least)
    }
    default:
      return null
  }
}

/** @param least how many items the beginning must have, where there are as many */
function halvesOf<Item, T extends Block>(
  items: Item[],
  build: (items: Item[]) => T,
  fits: (beginning: T) => boolean,
  least: number,
): [T, T] | null {
  // A part holds little of a long block, so the search begins with little.
  let [low, high] = [0, 1]
  while (high < items.length && fits(build(items.slice(0, high)))) [low, high] = [high, 2 * high]
  high = Math.min(high, items.length) - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (fits(build(items.slice(0, middle)))) low = middle
    else high = middle - 1
  }
  const isWorth = low >= Math.min(least, items.length - 1) && low > 0
  return isWorth ? [build(items.slice(0, low)), build(items.slice(low))] : null
}

function splitFold(fold: Fold, room: number, isAlone: boolean): [Fold, Fold] | null {
  const { children } = fold
  const withSome = (some: RootContent[]): Fold => ({ ...fold, children: some })
  const fits = (some: RootContent[]) => !isFarOver([withSome(some)], room) && sizeOfBlocks([withSome(some)]) <= room
  let whole = 0
  while (whole < children.length && fits(children.slice(0, whole + 1))) whole++
  const next = children[whole]
  if (next === undefined) return null
  const halves = splitBlock(next, room - sizeOfBlocks([withSome(children.slice(0, whole))]), isAlone && whole === 0)
  if (whole === 0 && halves === null) return null
  const [head, rest] = (halves ?? [null, next]) as [RootContent | null, RootContent]
  const summary = fold.summary.replace(/(?:, continued)?$/, ', continued')
  return [
    { ...fold, children: [...children.slice(0, whole), ...(head ? [head] : [])] },
    { ...fold, summary, children: [rest, ...children.slice(whole + 1)] },
  ]
}
