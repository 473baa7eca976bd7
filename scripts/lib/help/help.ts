/** The text of --help: usage, what the command does, and its flags, wrapped to the terminal's width. */
import { command } from '../command.ts'
import { columnsOf, wrap } from '../terminal/wrap.ts'
import { type CommandName, commands } from './commands.ts'

/** Maximum columns, since longer lines are hard to read. */
const MAX_WIDTH = 100

/**
 * The text that a command prints for --help.
 * @param usage arguments after the command's name, e.g. "[session] [flags]"
 * @param body rows "  --flag NAME   what it is" and paragraphs, in the format of `fold`
 */
export function helpText(name: CommandName, usage: string, body: string, width = terminalWidth()): string {
  const does = commands.find(entry => entry.name === name)?.does ?? ''
  return `${command(`${name} ${usage}`)}\n\n${sentence(does)}\n\n${fold(body.replace(/^\n+|\s+$/g, ''), width)}`
}

export const terminalWidth = (): number => Math.min(columnsOf(process.stdout), MAX_WIDTH)

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`

/** After a longer name (in characters), the text starts on the next line. */
const MAX_NAME_LENGTH = 22

/**
 * Wraps text at a width in columns. A line that begins with two spaces is a row: a name, two or more spaces, its text;
 * lines with deeper indentation continue it. Other lines are paragraphs. A block that begins with "Example:" or
 * "Examples:" stays as it is, so that its commands can be copied.
 */
export function fold(body: string, width: number): string {
  const blocks = body.split(/\n{2,}/).map(block => (/^Examples?:/.test(block) ? block : itemsOf(block)))
  const names = blocks.flatMap(block => (typeof block === 'string' ? [] : block.map(item => item.name ?? '')))
  const column = Math.max(...names.map(name => (name.length > MAX_NAME_LENGTH ? 0 : name.length))) + 4
  return blocks
    .map(block => (typeof block === 'string' ? block : block.flatMap(item => foldItem(item, column, width)).join('\n')))
    .join('\n\n')
}

interface Item {
  /** null for a paragraph. */
  name: string | null
  text: string
}

function itemsOf(block: string): Item[] {
  const items: Item[] = []
  for (const line of block.split('\n')) {
    const [, name, text = ''] = /^ {2}(\S+(?: \S+)*)(?: {2,}(.*))?$/.exec(line) ?? []
    const last = items.at(-1)
    if (name !== undefined) items.push({ name, text })
    else if (last && (last.name === null) === /^\S/.test(line)) last.text += ` ${line.trim()}`
    else items.push({ name: null, text: line })
  }
  return items
}

function foldItem({ name, text }: Item, column: number, width: number): string[] {
  const plain = text.replace(/\s+/g, ' ').trim()
  if (name === null) return wrap(plain, width)
  const lines = wrap(plain, width - column)
  const head = `  ${name}`
  const rows = lines.map(line => `${' '.repeat(column)}${line}`.trimEnd())
  return head.length + 2 > column
    ? [head, ...rows.filter(row => row !== '')]
    : [head + rows[0]?.slice(head.length), ...rows.slice(1)]
}
