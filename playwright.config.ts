import { defineConfig } from '@playwright/test'
import { browserArgs, findTestBrowser } from './scripts/browser.ts'

export default defineConfig({
  testDir: 'e2e',
  // For two cores: some tests wait for a clock.
  workers: 3,
  fullyParallel: false,
  forbidOnly: Boolean(process.env['CI']),
  // A busy machine can miss a deadline; what fails twice is broken, and what needed the second try is reported as flaky.
  retries: process.env['CI'] ? 2 : 0,
  timeout: 180_000,
  expect: { timeout: 30_000 },
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    headless: true,
    launchOptions: { executablePath: findTestBrowser(), args: [...browserArgs] },
    trace: 'off',
  },
})
