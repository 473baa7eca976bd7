import { relative, resolve } from 'node:path'
import { styleText } from 'node:util'
import { compare } from './compare/compare.ts'
import { withPrices } from './compare/prices.ts'
import { comparisonText } from './compare/print/print.ts'
import { difference } from './compare/prose/difference.ts'
import { readSides } from './compare/read.ts'
import type { ProseVersion } from './compare/schema.ts'
import { command } from './lib/command.ts'
import { main } from './lib/errors.ts'
import { readFlags } from './lib/flags.ts'
import { helpText } from './lib/help/help.ts'
import { sessionsRoot } from './lib/paths.ts'
import { openTerminal } from './lib/terminal/terminal.ts'
import { columnsOf } from './lib/terminal/wrap.ts'
import { jsonLine, sanitizeText } from './lib/text.ts'
import { exportFigures } from './notebook/comparisonFigures.ts'

const help = helpText(
  'compare',
  'A B … [flags]',
  `
  A B …                two or more sessions: ids, prefixes of ids, tags, or folders
  --price NAME=USD     price of a device-hour; NAME is a machine label, tag or session id; repeatable
  --sessions DIR       folder of the sessions (sessions/)
  --figures DIR        write figures as SVG and PNG to DIR: compare, compare.hours, compare.dollars, replication
  --verified           leave out sessions that sync brought with a commit that nobody of share.trust signed
  --json               print everything as JSON: the records of each session, the comparison, the changes of
                       program.md, and the files written
  --help

Metric values from different machines, data or budgets are not comparable; changes from each session's own baseline
are. docs/comparing.md defines when a change counts as replicated.

Examples: ${command('compare nov20 nov21 --price h100-kqzt=2.50')}
          ${command('compare nov20 nov21 --figures ~/slides')}
`,
)

const options = {
  price: { type: 'string', multiple: true },
  sessions: { type: 'string' },
  figures: { type: 'string' },
  verified: { type: 'boolean' },
  json: { type: 'boolean' },
} as const

await main(async () => {
  const { values, positionals } = readFlags(help, options, Number.POSITIVE_INFINITY)
  const root = values.sessions === undefined ? sessionsRoot : resolve(values.sessions)
  const given = await readSides(positionals, root, values.verified)
  const sides = withPrices(given.sides, values.price ?? [])
  const found = compare(sides, given.texts)
  const figures = values.figures === undefined ? [] : await exportFigures(sides, found, resolve(values.figures))
  const terminal = openTerminal()
  for (const id of given.unverified) terminal.step('left out', `${sanitizeText(id)}: not verified`)
  for (const path of figures) terminal.step('written', relative(process.cwd(), path))
  if (values.json) {
    process.stdout.write(jsonLine({ ...found, records: sides, changes: changes(found.prose), figures }))
    return
  }
  const bold = (text: string) => styleText('bold', text, { stream: process.stdout })
  process.stdout.write(comparisonText({ sides, found, width: columnsOf(process.stdout), bold }))
})

/** The line diff from each version of the prose to the next; `lines` is null where a text is missing. */
function changes(versions: ProseVersion[]) {
  return versions.slice(1).map((after, at) => {
    const before = versions[at] as ProseVersion
    const isKnown = before.text !== null && after.text !== null
    return {
      from: before.hash,
      to: after.hash,
      lines: isKnown ? difference(before.text ?? '', after.text ?? '') : null,
    }
  })
}
