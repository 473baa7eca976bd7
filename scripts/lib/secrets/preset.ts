/** The rules of secretlint's recommended preset. They are called without its core, whose interface is asynchronous. */
import { createRequire } from 'node:module'
import type { creator as Preset } from '@secretlint/secretlint-rule-preset-recommend'

type Rule = Parameters<Parameters<typeof Preset.create>[0]['registerRule']>[0]
type Handler = ReturnType<Rule['create']>
type Range = readonly [from: number, to: number]

/** Comments in a text, which a program could print, would switch the other rules off. */
const notScanning = '@secretlint/secretlint-rule-filter-comments'

let found: Range[] = []
let handlers: Handler[] | null = null

/** Ranges of a text that a rule takes for a secret. Loads the rules when first called, in about 10 ms. */
export function presetRanges(text: string): Range[] {
  handlers ??= load()
  found = []
  // Without a path, a rule that reads the file itself, for a binary format, does nothing.
  const source = { content: text, filePath: undefined, ext: '.txt', contentType: 'text' }
  for (const handler of handlers) void handler.file?.(source as never, {})
  return found
}

function load(): Handler[] {
  const require = createRequire(import.meta.url)
  const { creator } = require('@secretlint/secretlint-rule-preset-recommend') as { creator: typeof Preset }
  const rules: Rule[] = []
  creator.create({ sharedOptions: {}, registerRule: (rule: unknown) => void rules.push(rule as Rule) }, {})
  const context = {
    sharedOptions: {},
    createTranslator: () => (messageId: string) => ({ message: '', messageId }),
    report: ({ range }: { range: Range }) => void found.push(range),
    ignore: () => {},
  }
  return rules.filter(rule => rule.meta.id !== notScanning).map(rule => rule.create(context as never, {}))
}
