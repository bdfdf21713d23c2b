import { availableParallelism } from 'node:os'
import { configDefaults, defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: [
      'src/**/*.test.{ts,tsx}',
      'demo/src/**/*.test.ts',
      'worker/**/*.test.ts',
      'daemon/**/*.test.ts',
      'migrations/**/*.test.ts',
      'test/**/*.test.ts',
      'scripts/**/*.test.ts',
    ],
    // `npm run test:mysql`.
    exclude: [...configDefaults.exclude, 'test/mysql/**'],
    globalSetup: ['test/support/scratch.ts'],
    // One more than there are cores: some tests wait for a server, a process or a clock.
    maxWorkers: availableParallelism() + 1,
    // Every file again would load the engine again, which takes longer than most of them; none changes what it imports.
    isolate: false,
    // A clean machine is slower than the one that wrote a test; nothing here is about time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    coverage: {
      provider: 'v8',
      reporter: [['text', { skipFull: true }]],
      include: ['src/engine/access/**/*.ts', 'src/engine/audit/**/*.ts'],
      exclude: ['**/*.test.ts'],
      thresholds: {
        'src/engine/access/**': { branches: 100 },
        'src/engine/audit/**': { branches: 100 },
      },
    },
  },
})
