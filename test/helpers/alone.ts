/**
 * The test files that get a process of their own; the others share one with files that ran before them, whose modules
 * and caches they find loaded. test/helpers/leavesAsFound.ts fails a file that shares and leaves the process changed.
 */
export const alone = [
  // They start the browser, and playwright's package does not load after modules of other files.
  'test/bench/site/*.test.ts',
  'test/notebook/serve/live.test.ts',
  'test/site/figures/{overlaps,tips,zoom}.test.ts',
  'test/site/pages/*.test.ts',
  // They set variables that the code reads once per process, e.g. keys and the folder of the sessions.
  'test/agents/clients/{command,published,publishedDown,session}.test.ts',
  'test/publish/content/{session,several}.test.ts',
  'test/publish/docs/post.test.ts',
  'test/publish/pullRequest/**/*.test.ts',
  'test/report/agent/author.test.ts',
  // They wait for sessions that they start, beside which what sharing saves is little, and send signals.
  'test/cheats/{inRun,evaluator}.test.ts',
  'test/ratchet/{paired,slots,gpu/session}.test.ts',
  'test/ratchet/{confirm,hooks,manual,sandbox,session}/*.test.ts',
  'test/ratchet/control/{control,terminal}.test.ts',
  'test/ratchet/propose/{agentRefs,irregular,outages,promptInput,prose,rework,several}.test.ts',
  'test/ratchet/prune/{faults,prune}.test.ts',
  'test/ratchet/replicate/replicate.test.ts',
  'test/ratchet/train/{cheats,environment,evaluationCheats,idleRepeats}.test.ts',
  'test/ratchet/train/measure/leftovers.test.ts',
  'test/engines/slurm/{accounting,held,perRun,faults,separate}.test.ts',
  'test/engines/ray/ray.test.ts',
  'test/engines/local/{runner,runners,sandboxed}.test.ts',
]
