import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

/**
 * `npm run fuzz -- --inputs 10000 --seed 1`: calls every procedure with that many inputs, generated from its schema and the
 * seed. `--only order.place,cart.get` restricts it to those procedures.
 */
const { values } = parseArgs({
  options: { inputs: { type: 'string' }, seed: { type: 'string' }, only: { type: 'string' } },
})
const { inputs = '10000', seed = String(Date.now() % 2 ** 31), only } = values
process.stderr.write(`${inputs} inputs for ${only ?? 'each procedure'}, seed ${seed}.\n`)

const { status } = spawnSync('vitest', ['run', 'apps/api/test/fuzz.test.ts'], {
  cwd: join(import.meta.dirname, '../..'),
  stdio: 'inherit',
  env: { ...process.env, FUZZ_INPUTS: inputs, FUZZ_SEED: seed, ...(only !== undefined && { FUZZ_ONLY: only }) },
})
process.exitCode = status ?? 1
