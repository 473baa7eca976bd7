/** All cheats of the suite. */
import type { Cheat } from './cheat.ts'
import { afterRun } from './evaluator/after.ts'
import { besideRun } from './evaluator/beside.ts'
import { evaluation } from './inRun/evaluation.ts'
import { files } from './inRun/files.ts'
import { harness } from './inRun/harness.ts'
import { laterRuns } from './inRun/laterRuns.ts'
import { waysOut } from './inRun/waysOut.ts'

/** Of a run that measures itself. Most of them would do the same under an evaluator outside of it. */
export const inRun: Cheat[] = [...evaluation, ...harness, ...files, ...laterRuns, ...waysOut]
export const cheats: Cheat[] = [...inRun, ...afterRun, ...besideRun]
