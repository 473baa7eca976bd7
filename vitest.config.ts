import { devNull } from 'node:os'
import { defineConfig } from 'vitest/config'
import { compiledRoot } from './scripts/lib/paths.ts'
import { alone } from './test/helpers/alone.ts'

// The tests' own git is the same for everybody, and nobody's variables reach the commands that are tested.
for (const name of Object.keys(process.env)) if (/^(GIT_|NIGHTSHIFT_(?!INSTANTS$))/.test(name)) delete process.env[name]
// Workers and the commands that tests start load the same libraries, whose code V8 keeps here compiled.
process.env.NODE_COMPILE_CACHE = compiledRoot
// Sentences that a command prints stay on one line, so that tests can search for them.
process.env.COLUMNS = '1000'
Object.assign(process.env, { GIT_CONFIG_GLOBAL: devNull, GIT_CONFIG_NOSYSTEM: '1' })

// Most tests wait for processes that they started, and some for time to pass. On two cores two files at a time left 16% of
// them idle; three files, and in those that say `test.concurrent` three sessions at a time, leave little.
export default defineConfig({
  test: {
    environment: 'node',
    globalSetup: ['bundledCommands', 'globalSetup', 'unpackChromium'].map(name => `test/helpers/${name}.ts`),
    testTimeout: 30_000,
    maxWorkers: 3,
    maxConcurrency: 3,
    projects: [
      // Started first, as the longest are among them.
      { extends: true, test: { name: 'alone', include: alone, isolate: true } },
      // A third of a second of a core for each file that starts no worker and loads no library again.
      {
        extends: true,
        test: {
          name: 'shared',
          include: ['test/**/*.test.ts'],
          exclude: alone,
          isolate: false,
          setupFiles: ['test/helpers/leavesAsFound.ts'],
        },
      },
    ],
  },
})
