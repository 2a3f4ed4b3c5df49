import { vi } from 'vitest'
import { PATIENCE_MS, scaleByLoad } from './machine-load.ts'

// Runs before each test file. The limits are generous, because tests share the processors with each other and with the servers that they start.
vi.setConfig({
  testTimeout: scaleByLoad(60_000),
  hookTimeout: scaleByLoad(120_000),
  expect: {
    poll: {
      // Read at each poll, because the load changes while a file runs.
      get timeout() {
        return scaleByLoad(PATIENCE_MS)
      },
    },
  },
})
