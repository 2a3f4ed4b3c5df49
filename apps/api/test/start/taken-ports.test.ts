import { temporaryDataDir } from '@jumun/test-kit/data-dir'
import { takenPort } from '@jumun/test-kit/ports'
import { expect, onTestFinished, test, vi } from 'vitest'
import { leftOver } from '../../test-support/left-over.ts'
import { runShop } from '../../test-support/shop.ts'

// A busy machine must not fail it.
vi.setConfig({ testTimeout: 120_000 })

test.each(['PORT', 'MOCK_DATA_PLATFORM_PORT'])(
  'when the port of %s is taken it says so in one line and leaves nothing running',
  async (name) => {
    const dataDir = await temporaryDataDir(onTestFinished)
    const port = await takenPort(onTestFinished)
    const { program, platformPort } = await runShop(dataDir, { env: { [name]: String(port) } })
    expect(await program.end).toEqual({ code: 1, signal: null })
    expect(program.stdout).toBe('')
    expect(program.stderr).toMatch(/^[^\n]+\n$/)
    expect(program.stderr).toContain(`${name}: `)
    expect(program.stderr).toContain(`${port} is taken`)
    expect(await leftOver(dataDir, platformPort === port ? [] : [platformPort])).toEqual([])
  },
)
