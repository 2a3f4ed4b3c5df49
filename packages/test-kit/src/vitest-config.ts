import { defineConfig, type ViteUserConfig } from 'vitest/config'

/**
 * The vitest configuration of every package.
 *
 * @param databases whether tests use `useTestDatabase` and the fixtures built on it; starts a PostgreSQL server
 */
export function testConfig({ databases = false } = {}): ViteUserConfig {
  return defineConfig({
    test: {
      environment: 'node',
      include: ['test/**/*.test.ts'],
      ...(databases ? { globalSetup: ['@jumun/test-kit/global-setup'] } : {}),
      // Generous, because tests share the machine's processors with each other and with the servers they start.
      testTimeout: 60_000,
      hookTimeout: 120_000,
      expect: { poll: { timeout: 20_000 } },
      reporters: ['verbose'],
      isolate: false,
      maxWorkers: 2,
    },
  })
}
