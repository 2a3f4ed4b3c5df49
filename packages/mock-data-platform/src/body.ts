/** Enough for 500 events of 16 kB each. */
export const MAX_BODY_BYTES = 8 * 1024 * 1024

/**
 * Reads the body as text, unchanged, since the signature covers every byte.
 *
 * @returns `undefined` above `MAX_BODY_BYTES`
 */
export async function readBody(request: Request): Promise<string | undefined> {
  const bytes = Buffer.from(await request.arrayBuffer())
  return bytes.length <= MAX_BODY_BYTES ? bytes.toString() : undefined
}

/** Parses JSON. Returns `undefined`, which every schema rejects, for invalid JSON. */
export function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}
