const MULTIPLIERS = [597_399_067, 2_869_860_233, 951_274_213, 2_716_044_179] as const
const SEEDS = [1_779_033_703, 3_144_134_277, 1_013_904_242, 2_773_480_762] as const

/**
 * 128 bits that tell one file from another (cyrb128, https://github.com/bryc/code/blob/master/jshash/PRNGs.md). Browsers have SHA-256 on
 * https pages only, and the same file must have the same hash everywhere. It keeps nothing secret.
 */
export function hashFile(bytes: Uint8Array): string {
  let [a, b, c, d] = SEEDS as readonly [number, number, number, number]
  for (const byte of bytes) {
    a = b ^ Math.imul(a ^ byte, MULTIPLIERS[0])
    b = c ^ Math.imul(b ^ byte, MULTIPLIERS[1])
    c = d ^ Math.imul(c ^ byte, MULTIPLIERS[2])
    d = a ^ Math.imul(d ^ byte, MULTIPLIERS[3])
  }
  const mixed = [
    Math.imul(c ^ (a >>> 18), MULTIPLIERS[0]),
    Math.imul(d ^ (b >>> 22), MULTIPLIERS[1]),
    Math.imul(a ^ (c >>> 17), MULTIPLIERS[2]),
    Math.imul(b ^ (d >>> 19), MULTIPLIERS[3]),
  ]
  return mixed.map((part) => (part >>> 0).toString(16).padStart(8, '0')).join('')
}
