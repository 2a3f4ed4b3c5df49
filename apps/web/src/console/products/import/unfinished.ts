const STORED = 'jumun-import'

/** An import that was begun and has not ended. It goes on when the same file is chosen again. */
export interface Unfinished {
  hash: string
  name: string
  /** ISO 8601. */
  at: string
  done: number
  total: number
}

export function recallUnfinished(): Unfinished | undefined {
  const stored = localStorage.getItem(STORED)
  return stored === null ? undefined : (JSON.parse(stored) as Unfinished)
}

export function keepUnfinished(unfinished: Unfinished | undefined): void {
  if (unfinished) localStorage.setItem(STORED, JSON.stringify(unfinished))
  else localStorage.removeItem(STORED)
}
