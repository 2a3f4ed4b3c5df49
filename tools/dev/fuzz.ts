import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

/**
 * `npm run fuzz -- --inputs 10000 --seed 1`: sends every procedure that many inputs, drawn from its schema by the seed.
 * `--only order.place,cart.get`: some procedures only.
 */
const { values } = parseArgs({
  options: { inputs: { type: 'string' }, seed: { type: 'string' }, only: { type: 'string' } },
})
const { inputs = '10000', seed = String(Date.now() % 2 ** 31), only } = values
process.stderr.write(`${inputs} inputs for ${only ?? 'each procedure'}, seed ${seed}.\n`)

const { status } = spawnSync('pnpm', ['run', 'fuzz'], {
  cwd: join(import.meta.dirname, '../../apps/api'),
  stdio: 'inherit',
  env: { ...process.env, FUZZ_INPUTS: inputs, FUZZ_SEED: seed, ...(only !== undefined && { FUZZ_ONLY: only }) },
})
process.exitCode = status ?? 1
