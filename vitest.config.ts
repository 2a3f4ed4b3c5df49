import { globSync } from 'node:fs'
import { dirname } from 'node:path'
import { defineConfig } from 'vitest/config'

// Every test of the repository in one run, so that its workers share the processors and one PostgreSQL server. Three workers keep two
// cores busy, because many tests wait for timers.
export default defineConfig({
  test: {
    reporters: ['verbose'],
    maxWorkers: 3,
    projects: globSync('{packages,apps,tools}/*/test', { cwd: import.meta.dirname }).map((folder) => ({
      test: {
        name: dirname(folder),
        root: dirname(folder),
        include: ['test/**/*.test.ts'],
        environment: 'node',
        globalSetup: [`${import.meta.dirname}/packages/test-kit/src/global-setup.ts`],
        // Generous, because tests share the processors with each other and with the servers that they start.
        testTimeout: 60_000,
        hookTimeout: 120_000,
        expect: { poll: { timeout: 20_000 } },
        isolate: false,
      },
    })),
  },
})
