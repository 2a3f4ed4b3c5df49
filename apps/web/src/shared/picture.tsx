/**
 * A picture for products, which have none: drawn from id and name, so that a product looks the same everywhere. Two overlapping shapes
 * in neighbouring hues, and the first letter of the name.
 */
export function Picture({ id, name }: { id: number; name: string }) {
  const seed = hash(`${id} ${name}`)
  const hue = seed % 360
  const second = (hue + 30 + ((seed >>> 9) % 60)) % 360
  const [x, y] = [20 + ((seed >>> 3) % 60), 20 + ((seed >>> 12) % 60)]
  const turn = (seed >>> 5) % 90
  return (
    <svg className="picture" viewBox="0 0 100 100" aria-hidden="true" preserveAspectRatio="xMidYMid slice">
      <rect width="100" height="100" fill={`oklch(0.92 0.05 ${hue})`} />
      <circle cx={x} cy={y} r="34" fill={`oklch(0.82 0.09 ${second})`} />
      <rect
        x="42"
        y="42"
        width="52"
        height="52"
        rx="14"
        fill={`oklch(0.7 0.1 ${hue} / 0.55)`}
        transform={`rotate(${turn} 68 68)`}
      />
      <text x="50" y="63" textAnchor="middle" fontSize="38" fontWeight="700" fill={`oklch(0.36 0.08 ${hue})`}>
        {[...name][0]}
      </text>
    </svg>
  )
}

/** FNV-1a, 32 bits (http://www.isthe.com/chongo/tech/comp/fnv). */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x01000193)
  return value >>> 0
}
