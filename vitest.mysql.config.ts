/** `npm run test:mysql`: what runs on MySQL, beside `npm test`, which needs none. */

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: [
      'test/mysql/**/*.test.ts',
      // These have one database after the other.
      'test/daemon/{kill,cut,outage}.test.ts',
    ],
    globalSetup: ['test/support/scratch.ts'],
    env: { DBAL_TEST_BACKENDS: 'MySQL' },
    isolate: false,
    maxWorkers: 3,
    // Making a table takes MySQL longer than it takes the others.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
