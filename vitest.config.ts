import { configDefaults, defineConfig } from 'vitest/config'
import { browserTests, LeftOut } from './packages/test-kit/src/browser-tests.ts'
import { isLong, longTests } from './packages/test-kit/src/long-tests.ts'
import { LongestFirst } from './packages/test-kit/src/longest-first.ts'

const TESTS = '{packages,apps,tools}/*/test/**/*.test.ts'
// For machines on which no browser runs.
const leftOut = process.env['JUMUN_NO_BROWSER'] === '1' ? browserTests() : []

export default defineConfig({
  test: {
    // One project, because vitest reuses a worker only for files of the same project, and a new worker loads all modules again.
    include: isLong ? longTests(TESTS) : [TESTS],
    // Tests that take long, and that no change of a feature is likely to break, are for `npm run test:long`.
    exclude: [...configDefaults.exclude, ...leftOut, ...(isLong ? [] : ['**/*.long.test.ts'])],
    environment: 'node',
    globalSetup: ['packages/test-kit/src/global-setup.ts'],
    // The default limits of tests, hooks and polls.
    setupFiles: ['packages/test-kit/src/time-limits.ts'],
    reporters: ['verbose', ...(leftOut.length > 0 ? [new LeftOut(leftOut)] : [])],
    // Three workers keep two cores busy, because many tests wait for timers.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    isolate: false,
    // A larger young generation, so that fewer short-lived objects are copied.
    execArgv: ['--min-semi-space-size=16', '--max-semi-space-size=64'],
  },
})
