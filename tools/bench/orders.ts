import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { compareOrders } from './orders/compare.ts'
import { findPgbench } from './orders/hand-written.ts'
import { measureMemory } from './orders/memory.ts'
import { comparisonTable, figuresTable, memoryTable } from './orders/tables.ts'
import { log, wholeNumber, writeResults } from './report.ts'

/**
 * `npm run bench -- orders [--rounds 5] [--seconds 6] [--cases uniform,hot,one,ten,replay,open,events] [--memory 500000]`: compares
 * orders placed through the whole service with the same transaction in hand-written SQL on the same PostgreSQL.
 */
export async function benchOrders(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '6' },
      cases: { type: 'string', default: 'uniform,hot,one,ten,replay,open,events' },
      memory: { type: 'string', default: '500000' },
    },
  })
  const rounds = wholeNumber('--rounds', values.rounds)
  const seconds = wholeNumber('--seconds', values.seconds)
  const memoryOrders = values.memory === '0' ? 0 : wholeNumber('--memory', values.memory)
  log(`The hand-written transaction is run by ${findPgbench()}.`)

  const cases = values.cases.split(',').filter((name) => name !== '')
  const comparison = await compareOrders({ cases, rounds, seconds })
  const memory = memoryOrders > 0 ? await measureMemory(memoryOrders) : undefined
  process.stdout.write(`${comparisonTable(comparison)}\n\n${figuresTable(comparison)}\n`)
  if (memory) process.stdout.write(`\n${memoryTable(memory)}\n`)
  const machine = { cores: cpus().length, processor: cpus()[0]?.model, node: process.version }
  await writeResults('orders', { machine, rounds, seconds, comparison, memory })
}
