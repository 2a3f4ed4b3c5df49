import { expect, test, vi } from 'vitest'
import { temporaryDataDir } from '../../test-support/data-dir.ts'
import { leftOver } from '../../test-support/left-over.ts'
import { takenPort } from '../../test-support/ports.ts'
import { runShop } from '../../test-support/shop.ts'

// A busy machine must not fail it.
vi.setConfig({ testTimeout: 120_000 })

test.each(['PORT', 'MOCK_DATA_PLATFORM_PORT'])(
  'when the port of %s is taken it says so in one line and leaves nothing running',
  async (name) => {
    const dataDir = await temporaryDataDir()
    const port = await takenPort()
    const { program, platformPort } = await runShop(dataDir, { env: { [name]: String(port) } })
    expect(await program.end).toEqual({ code: 1, signal: null })
    expect(program.stdout).toBe('')
    expect(program.stderr).toMatch(/^[^\n]+\n$/)
    expect(program.stderr).toContain(`${name}: `)
    expect(program.stderr).toContain(`${port} is taken`)
    expect(await leftOver(dataDir, platformPort === port ? [] : [platformPort])).toEqual([])
  },
)
