import { defineConfig } from 'vitest/config'
import { LongestFirst } from './packages/test-kit/src/longest-first.ts'

export default defineConfig({
  test: {
    // One project, because vitest reuses a worker only for files of the same project, and a new worker loads all modules again.
    include: ['{packages,apps,tools}/*/test/**/*.test.ts'],
    environment: 'node',
    globalSetup: ['packages/test-kit/src/global-setup.ts'],
    reporters: ['verbose'],
    // Four workers keep two cores busy, because many tests wait for timers.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
    isolate: false,
    // A larger young generation, so that fewer short-lived objects are copied.
    execArgv: ['--min-semi-space-size=16', '--max-semi-space-size=64'],
    // Generous, because tests share the processors with each other and with the servers that they start.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000 } },
  },
})
