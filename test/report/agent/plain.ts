/** A small report from the template for the example session, and edits of it by an agent. */
import { digest } from '../../../scripts/analysis/digest.ts'
import { knownOf } from '../../../scripts/report/check/known.ts'
import { exampleSession } from '../../helpers/exampleRecords.ts'

const example = exampleSession()
export const facts = digest(example.session, example.experiments, example.patches)
export const session = { ...example, digest: facts, source: new Map<string, string>() }
export const known = knownOf(facts, ['frontier'], ['kept', 'deadEnds', 'log'])

export const plain = `# nov20 · CPU: :fact[headline.gain] confirmed

It gained :fact[headline.gain].

## What is not proven

- Which change did it.

## What worked, and the likely why

::table{kept}

The template says this.

## What did not work

::table{deadEnds}

## What to try next

A longer session.

## Full log

::table{log}
`

/** The report with these texts replaced. */
export const edited = (...edits: [string, string][]): string =>
  edits.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`no ${from}`)
    return text.replace(from, () => to)
  }, plain)

export const good = 'Most came from :knob[LEARNING_RATE] (:exp[1]): probably the steps were too short.'
