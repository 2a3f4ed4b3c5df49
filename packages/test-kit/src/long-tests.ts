import { globSync, readFileSync } from 'node:fs'

/** Whether `npm run test:long` runs. */
export const isLong = process.env['LONG_TESTS'] === '1'

/** The files that `npm run test:long` runs: those that end in `.long.test.ts`, and those whose size depends on it. */
export function longTests(pattern: string): string[] {
  const isSized = (file: string) => readFileSync(file, 'utf8').includes(`from '@jumun/test-kit/long-tests'`)
  return globSync(pattern).filter((file) => file.endsWith('.long.test.ts') || isSized(file))
}

/** The number of inputs of a test: `npm run test:long` has time for more of them than `npm test`. */
export function sized({ short, long }: { short: number; long: number }): number {
  return isLong ? long : short
}
