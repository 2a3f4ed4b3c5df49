import { expect, test } from 'vitest'
import { fitScaling, predict } from '../scaling/fit.ts'

const law = { alone: 400, contention: 0.05, coherence: 0.002 }
const pointsOf = (coefficients: typeof law, counts: number[]) =>
  counts.map((processes) => ({ processes, perSecond: predict(coefficients, processes) }))

test('the coefficients of both laws are found from points on their curves', () => {
  const usl = fitScaling(pointsOf(law, [1, 2, 3, 4, 8]), 'usl')
  expect(usl.alone).toBeCloseTo(400)
  expect(usl.contention).toBeCloseTo(0.05)
  expect(usl.coherence).toBeCloseTo(0.002)
  expect(usl.r2).toBeCloseTo(1)
  const amdahl = fitScaling(pointsOf({ ...law, coherence: 0 }, [1, 2, 3]), 'amdahl')
  expect(amdahl.contention).toBeCloseTo(0.05)
  expect(amdahl.coherence).toBe(0)
})

test('a curve that points do not lie on explains less of them', () => {
  expect(fitScaling(pointsOf({ ...law, coherence: 0.05 }, [1, 2, 3, 4, 8]), 'amdahl').r2).toBeLessThan(0.9)
})
