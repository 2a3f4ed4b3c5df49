import { expect, test } from 'vitest'
import { setTimeout as sleep } from 'node:timers/promises'
import { useTestDatabase } from '@jumun/domain/test-support'
const database = useTestDatabase()
test('hangs', async () => { console.log(database.url); await sleep(100); expect(1).toBe(2) })
