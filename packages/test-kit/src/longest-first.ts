import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * The files that take longest, the longest first. If such a file started last, one worker would be busy with it while the others are idle.
 * vitest remembers durations, but a fresh clone has none.
 */
const LONGEST = [
  'apps/web/test/accessibility',
  'apps/admin-cli/test/terminal',
  'packages/domain/test/delivery/relay',
  'apps/api/test/fuzz',
  'apps/api/test/start/api-process',
  'packages/domain/test/delivery/lost-database',
  'packages/domain/test/delivery/killed-relay',
  'packages/domain/test/concurrency/opposite-orders',
  'packages/client/test/lost-replies',
  'packages/client/test/package',
  'packages/mock-data-platform/test/process',
  'packages/mock-data-platform/test/faults',
  'packages/embedded-postgres/test/start',
  'apps/api/test/start/',
  'apps/web/test/',
]

/** Sorts the test files so that the workers end at about the same time. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const others = await super.sort(files)
    return others.toSorted((a, b) => placeOf(a) - placeOf(b))
  }
}

function placeOf({ moduleId }: TestSpecification): number {
  const place = LONGEST.findIndex((file) => moduleId.includes(file.endsWith('/') ? file : `${file}.`))
  return place === -1 ? LONGEST.length : place
}
