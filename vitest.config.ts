import { defineConfig } from 'vitest/config'

// Most tests wait for processes that they started: on two cores two files at a time, and in those that say
// `test.concurrent` three nights at a time, leave no core idle and none overrun.
export default defineConfig({
  test: {
    environment: 'node',
    globalSetup: ['test/helpers/globalSetup.ts', 'test/helpers/unpackChromium.ts'],
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    maxWorkers: 2,
    maxConcurrency: 3,
  },
})
