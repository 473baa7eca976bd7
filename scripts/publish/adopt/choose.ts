/** Which of a session's kept changes are adopted, and why the others are not. Pure. */
import { list } from '../../analysis/numbers.ts'
import { outcomeOf } from '../../analysis/result/outcome.ts'
import { resultParagraph, resultSentences } from '../../analysis/result/sentences.ts'
import type { Digest } from '../../analysis/schema.ts'
import { command, shellWord } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import { experimentName } from '../../lib/format.ts'
import { TAKEN_OUT } from '../../record/files/adopted.ts'
import type { Experiment } from '../../record/schema.ts'
import { type Recorded, removedFrom } from '../../record/state.ts'
import type { Selection } from './request.ts'

export interface Chosen {
  /** In the order in which the session kept them. */
  changes: Experiment[]
  leftOut: { experiment: Experiment; why: string }[]
}

/** @throws {Failure} when there is nothing to adopt, or a number names no kept change */
export function choose(id: string, recorded: Recorded, digest: Digest, selection: Selection): Chosen {
  const kept = recorded.experiments.filter(({ number, status }) => number > 0 && status === 'keep')
  if (kept.length === 0)
    throw new Failure(`${id} kept no change, so there is nothing to adopt.`, 'Continue it, or start another session.')
  if (selection.by === 'confirmed' && outcomeOf(digest).kind !== 'confirmed') throw notConfirmed(id, digest)
  const whyNot = reasons(recorded, digest, kept, selection)
  const changes = kept.filter(({ number }) => !whyNot.has(number))
  if (changes.length === 0)
    throw new Failure(
      `No kept change of ${id} is labelled confirmed or likely.`,
      `${digest.collected ? '' : `\`${command(`confirm ${shellWord(id)} --ablate`)}\` measures them one at a time. `}--all or --only takes them as they are.`,
    )
  const leftOut = kept.flatMap(experiment => {
    const why = whyNot.get(experiment.number)
    return why === undefined ? [] : [{ experiment, why }]
  })
  return { changes, leftOut }
}

/** By the number of each kept change that is left out, why. */
function reasons(
  recorded: Recorded,
  digest: Digest,
  kept: Experiment[],
  selection: Selection,
): ReadonlyMap<number, string> {
  switch (selection.by) {
    case 'all':
      return new Map()
    case 'confirmed':
      return new Map([...removedFrom(recorded)].map(number => [number, TAKEN_OUT]))
    case 'likely': {
      const labels = new Map(digest.kept.map(k => [k.experiment, k.label]))
      const isLikely = (number: number) => ['confirmed', 'likely'].includes(labels.get(number) ?? '')
      const others = kept.filter(({ number }) => !isLikely(number))
      return new Map(others.map(({ number }) => [number, `its label is ${labels.get(number) ?? 'not known'}`]))
    }
    case 'only': {
      checkNumbers(recorded, selection.numbers, kept)
      const others = kept.filter(({ number }) => !selection.numbers.includes(number))
      return new Map(others.map(({ number }) => [number, 'not among those of --only']))
    }
  }
}

function checkNumbers({ experiments }: Recorded, numbers: number[], kept: Experiment[]): void {
  const all = `The kept changes are ${list(kept.map(({ number }) => String(number)))}.`
  for (const number of numbers) {
    if (kept.some(change => change.number === number)) continue
    const found = experiments.find(each => each.number === number)
    if (found === undefined) throw new Failure(`There is no experiment ${number} in the session.`, all)
    if (number === 0) throw new Failure('Experiment 0 is the baseline, which the branch starts at.', all)
    throw new Failure(
      `Experiment ${number} is not a kept change: its verdict is ${found.status}.`,
      `${all} The commit of another can be cherry-picked by hand: ${found.commit?.slice(0, 12) ?? 'it has none'}.`,
    )
  }
}

function notConfirmed(id: string, digest: Digest): Failure {
  const named = shellWord(id)
  const numbers = digest.kept.map(k => k.experiment).sort((a, b) => a - b)
  const again = digest.collected ? '' : `\`${command(`confirm ${named}`)}\` runs baseline and head again. `
  return new Failure(
    `${id} has no confirmed change. ${resultParagraph(resultSentences(digest))}`,
    `${again}To adopt without proof: \`${command(`adopt ${named} --likely`)}\` takes the changes labelled confirmed or likely, --all every kept one, --only ${numbers.slice(0, 3).join(',')} those of these numbers.`,
  )
}

/** "0003, 0007 and 0012" */
export const namesOf = (changes: Pick<Experiment, 'number'>[]): string =>
  list(changes.map(({ number }) => experimentName(number)))
