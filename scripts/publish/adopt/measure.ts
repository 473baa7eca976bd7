/** Runs an adopted branch beside the session's start, and records what it gains against what was promised. */
import type { Excess } from '../../analysis/budget.ts'
import { ranLonger } from '../../analysis/confirm/runs.ts'
import { noiseOf, pairsOfSession } from '../../analysis/noise/noise.ts'
import type { Digest } from '../../analysis/schema.ts'
import { adoptExcess, adoptPairs, runPairs } from '../../ratchet/adopt/runPairs.ts'
import { pairsOfConfirm } from '../../ratchet/pairs.ts'
import { checkData } from '../../ratchet/session/data.ts'
import { ensureOwnTrainer } from '../../ratchet/session/ownTrainer.ts'
import { closeSession } from '../../ratchet/session/prepare.ts'
import { reopenSession } from '../../ratchet/session/resume.ts'
import { withPlaces } from '../../ratchet/session/withPlaces.ts'
import { type Adoption, type AdoptMeasured, recordAdoption } from '../../record/files/adopted.ts'
import { secondsText } from '../../record/overBudget.ts'
import type { Experiment, Session } from '../../record/schema.ts'
import type { State } from '../../record/state.ts'
import { branchGain, type Confirmed, type Pairs, pairsOf } from '../../stats/confirm.ts'
import { branchGainPaired } from '../../stats/paired.ts'
import type { Chosen } from './choose.ts'
import type { AdoptContext } from './context.ts'
import { shortfallOf } from './promise.ts'
import type { AdoptRequest } from './request.ts'

/** With one pair nothing is known of how much the branch varies. */
const FEWEST_PAIRS = 2

interface Records {
  session: Session
  experiments: Experiment[]
  digest: Digest
  patches: Map<number, string>
}

/** Makes the runs that are missing. After an interruption the same call goes on. */
export async function measure(
  id: string,
  folder: string,
  adoption: Adoption,
  chosen: Chosen,
  records: Records,
  { seeds }: AdoptRequest,
  context: AdoptContext,
): Promise<Adoption> {
  if (records.session.source !== undefined) {
    const elsewhere = {
      ...adoption,
      notMeasured: 'the session was run elsewhere, and its runs cannot be compared with runs made here',
    }
    await recordAdoption(folder, elsewhere)
    return elsewhere
  }
  const { context: session } = await reopenSession(id, { ...context, interrupt: context.onInterrupt() })
  try {
    await checkData(session.contract)
    await ensureOwnTrainer(session)
    const { state, contract } = session
    const wanted = pairsOfConfirm(seeds ?? Math.max(FEWEST_PAIRS, contract.seeds), contract, state)
    const why = await withPlaces(session, () => runPairs(session, adoption.tip, wanted))
    const excess = adoptExcess(state, adoption.tip)
    // Values of longer runs compare with nothing.
    const found = excess === null ? compare(state, adoption) : null
    const measured = found?.measured ?? null
    const noInterval =
      measured === null && why === null
        ? 'a single pair of runs does not tell how much the branch varies, so it gives no interval; --seeds 2 gives one'
        : null
    const recorded: Adoption = {
      ...adoption,
      measured,
      notMeasured: (excess && longerText(excess)) ?? why ?? noInterval,
      shortfall: shortfallOf(chosen, records, adoption.promised, measured, found?.spread ?? null),
      at: new Date().toISOString(),
    }
    await recordAdoption(folder, recorded)
    await context.writeReport(folder)
    return recorded
  } finally {
    await closeSession(session)
  }
}

const longerText = (excess: Excess): string =>
  `the branch ${ranLonger(excess)}, and the baseline ${secondsText(excess.baseline)}; chance explains ${secondsText(excess.allowed)}`

/** Compares all pairs so far; the interval allows for each earlier comparison. null where the pairs give no interval. */
function compare(
  state: State,
  { tip, measured }: Adoption,
): { measured: AdoptMeasured; spread: Confirmed['spread'] } | null {
  const pairs = adoptPairs(state, tip)
  if (pairs.head.length === 0) return null
  const earlier = (measured?.looks ?? []).filter(look => look < pairsOf(pairs))
  const found = gainOf(state, pairs, earlier)
  if (found === null) return null
  const { gain, interval, baseline, head, seeds, verdict, spread } = found
  const looks = [...earlier, pairsOf(pairs)]
  return { measured: { gain, interval, baseline, tip: head, seeds, looks, verdict }, spread }
}

function gainOf({ session, experiments }: State, pairs: Pairs, looks: number[]): Confirmed | null {
  const { goal } = session.metric
  const sideBySide = pairsOfSession(session, experiments)
  if (sideBySide) return branchGainPaired(pairs, goal, sideBySide, looks)
  return branchGain(pairs, goal, noiseOf(session, experiments), looks)
}
