import type { EntityManager } from '@mikro-orm/postgresql'
import { singleFlight } from '../background/single-flight.ts'
import { loadWindow } from './load-window.ts'
import { canSlide, type SalesWindow, type Slide, slideToNow, slideToWatermark } from './sales-window.ts'
import { toMs } from './sold-lines.ts'

/**
 * However a window came to be wrong, by a database that was restored or by a standby that took over without its last
 * orders: it does not outlive this.
 */
const MAX_AGE_MS = 600_000

/** Age at which a window is loaded again in the background, so that no reader has to wait for it. */
const RENEW_AGE_MS = 300_000

/** How long a window that nobody asks for is kept up to date. */
const MAX_UNUSED_MS = 600_000

/** What sold in `[from, to)`, in milliseconds since 1970: what a window holds, and what to add to it. */
export interface Sales {
  from: number
  to: number
  window: ReadonlyMap<number, number>
  changes: ReadonlyMap<number, number>
}

interface Slot {
  window: SalesWindow | undefined
  /** When the window was loaded, and when somebody last asked for it, by `performance.now()`. */
  loadedAt: number
  usedAt: number
  readNow: () => Promise<Sales>
}

/**
 * The windows that this process remembers, one for each number of days that is asked for, so that a read need only look
 * at what happened since. `refresh` is to be called about once a second: without it reads stay exact, but slow down.
 */
export class PopularWindows {
  readonly #em: EntityManager
  readonly #slots = new Map<number, Slot>()

  constructor(em: EntityManager) {
    this.#em = em
  }

  /**
   * What sold in the last `days` × 24 hours by the database's clock. Callers who come while a read is under way share the
   * next one, which begins after they asked: however many they are, the database works for one.
   */
  readNow(days: number): Promise<Sales> {
    return this.#slot(days).readNow()
  }

  /**
   * What sold in the `days` × 24 hours before `at`, or before now, with every order as the transaction of `em` sees it.
   * Where that sees one snapshot only, it must be no older than the last `refresh`.
   */
  async readIn(em: EntityManager, { days, at }: { days: number; at?: number | undefined }): Promise<Sales> {
    const slot = this.#slot(days)
    const known = performance.now() - slot.loadedAt < MAX_AGE_MS ? slot.window : undefined
    if (known) {
      const slide = await slideToNow(em, known, { days, at })
      if (canSlide(known, slide)) return toSales(known, slide)
    }
    const { window, to } = await load(slot, em, { days, at })
    return toSales(window, await slideToNow(em, window, { days, at: to }))
  }

  /** Slides the windows that are in use to the watermark, or loads them again, and forgets the others. */
  async refresh(): Promise<void> {
    const [{ watermark, generation }] = await this.#em
      .fork()
      .execute<[{ watermark: number; generation: number }]>(
        `select ${toMs('watermark')} as watermark, generation from popular_state`,
      )
    for (const [days, slot] of this.#slots) {
      const { window, loadedAt, usedAt } = slot
      const now = performance.now()
      if (now - usedAt > MAX_UNUSED_MS) this.#slots.delete(days)
      else if (window) {
        const em = this.#em.fork()
        const good = window.generation === generation && now - loadedAt < RENEW_AGE_MS
        const slid = good ? await slideToWatermark(em, window, { days, watermark }) : undefined
        if (slid) slot.window = slid
        else await load(slot, em, { days })
      }
    }
  }

  #slot(days: number): Slot {
    const slot = this.#slots.get(days) ?? {
      window: undefined,
      loadedAt: 0,
      usedAt: 0,
      readNow: singleFlight(() => this.readIn(this.#em.fork(), { days })),
    }
    this.#slots.set(days, slot)
    slot.usedAt = performance.now()
    return slot
  }
}

async function load(slot: Slot, em: EntityManager, options: { days: number; at?: number | undefined }) {
  const loaded = await loadWindow(em, options)
  slot.window = loaded.window
  slot.loadedAt = performance.now()
  return loaded
}

function toSales(window: SalesWindow, slide: Slide): Sales {
  return { from: slide.from, to: slide.end, window: window.sold, changes: slide.sold }
}
