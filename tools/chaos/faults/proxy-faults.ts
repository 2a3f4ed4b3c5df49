import type { WireMode } from '../proxy/messages.ts'
import { type Fault, pause, type Scene } from './fault.ts'

/** What happens on the way between the programs. */
export const wireFaults: Fault[] = [
  {
    name: 'commits-cut',
    parts: ['database-wires'],
    async strike(scene) {
      const before = scene.stage.wires.commitsCut()
      await onDatabaseWires(scene, { kind: 'cut-after-commit', share: 0.3 }, [2_000, 5_000])
      return `${scene.stage.wires.commitsCut() - before} connections broke after COMMIT was sent`
    },
  },
  {
    name: 'database-slow',
    parts: ['database-wires'],
    async strike(scene) {
      const names = await onDatabaseWires(scene, { kind: 'slow', ms: 100 }, [3_000, 7_000])
      return `${names}: 200 ms more for each round trip`
    },
  },
  {
    name: 'database-half-open',
    parts: ['database-wires'],
    async strike(scene) {
      const names = await onDatabaseWires(scene, { kind: 'silent' }, [3_000, 12_000])
      return `${names}: nothing arrives and nobody is told`
    },
  },
  {
    name: 'database-unreachable',
    parts: ['database-wires'],
    async strike(scene) {
      const names = await onDatabaseWires(scene, { kind: 'cut' }, [1_000, 5_000])
      return `${names}: connections are refused`
    },
  },
  {
    name: 'answers-lost',
    parts: ['clients'],
    async strike({ market: { traffic }, random }) {
      const before = traffic.lost
      traffic.lostShare = 0.2
      await pause(random, 2_000, 5_000)
      traffic.lostShare = 0
      return `${traffic.lost - before} answers never reached their callers`
    },
  },
]

/** Spoils the way to the database for one process, or for both. */
async function onDatabaseWires(scene: Scene, mode: WireMode, [minMs, maxMs]: [number, number]): Promise<string> {
  const { stage, random } = scene
  const apis = random.chance(0.3) ? stage.apis : [random.pick(stage.apis)]
  const all = (next: WireMode) => Promise.all(apis.map((api) => stage.wires.setMode(api.databaseWire, next)))
  await all(mode)
  try {
    await pause(random, minMs, maxMs)
  } finally {
    await all({ kind: 'open' })
  }
  return apis.map((api) => api.name).join(' and ')
}
