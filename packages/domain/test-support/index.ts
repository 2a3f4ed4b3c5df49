export { createTestDatabase, type TestDatabase, useTestDatabase } from './test-database.ts'
