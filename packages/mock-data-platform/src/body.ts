/** Room for 500 events of some 16 kB each. */
export const MAX_BODY_BYTES = 8 * 1024 * 1024

/**
 * The body as text, byte for byte what was signed: nothing is stripped or normalised.
 *
 * @returns `undefined` when it has more than `MAX_BODY_BYTES`
 */
export async function readBody(request: Request): Promise<string | undefined> {
  const bytes = Buffer.from(await request.arrayBuffer())
  return bytes.length <= MAX_BODY_BYTES ? bytes.toString() : undefined
}

/** The value, or `undefined` (which no JSON text stands for, so that no schema takes it) when it is no JSON. */
export function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}
