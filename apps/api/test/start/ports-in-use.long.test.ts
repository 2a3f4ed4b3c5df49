import { temporaryClusterDir } from '@jumun/test-kit/cluster-copy'
import { takenPort } from '@jumun/test-kit/ports'
import { expect, onTestFinished, test, vi } from 'vitest'
import { findLeftovers } from '../../test-support/leftovers.ts'
import { spawnShop } from '../../test-support/npm-start.ts'

// Generous, because the machine may be busy.
vi.setConfig({ testTimeout: 120_000 })

test.each(['PORT', 'MOCK_DATA_PLATFORM_PORT'])(
  'npm start reports in one line that the port of %s is in use, and leaves nothing running',
  async (name) => {
    const dataDir = await temporaryClusterDir(onTestFinished)
    const port = await takenPort(onTestFinished)
    const { program, platformPort } = await spawnShop(dataDir, { env: { [name]: String(port) } })
    expect(await program.end).toEqual({ code: 1, signal: null })
    expect(program.stdout).toBe('')
    expect(program.stderr).toMatch(/^[^\n]+\n$/)
    expect(program.stderr).toContain(`${name}: `)
    expect(program.stderr).toContain(`${port} is taken`)
    expect(await findLeftovers(dataDir, platformPort === port ? [] : [platformPort])).toEqual([])
  },
)
