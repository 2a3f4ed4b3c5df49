export { brokenInvariants } from './invariants.ts'
export { createTestDatabase, type TestDatabase, useTestDatabase } from './test-database.ts'
