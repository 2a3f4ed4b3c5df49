import { defineConfig } from 'vitest/config'

// Every test of the repository in one run, so that its workers share the processors and one PostgreSQL server.
export default defineConfig({
  test: {
    projects: ['{packages,apps,tools}/*/vitest.config.ts'],
    reporters: ['verbose'],
    maxWorkers: 2,
  },
})
