import type { EntityManager } from '@mikro-orm/postgresql'
import { singleFlight } from '../background/single-flight.ts'
import { toMs } from '../database/to-ms.ts'
import { loadWindow } from './load-window.ts'
import { canSlide, type SalesWindow, type Slide, slideToNow, slideToWatermark, sum } from './sales-window.ts'

/** A window is loaded again at least every ten minutes, which corrects it after a restore or failover. */
const MAX_AGE_MS = 600_000

/** Age at which a window is loaded again in the background, before a reader would have to wait for it. */
const RENEW_AGE_MS = 300_000

/** How long an unused window is kept, and how long it is slid. A read of a window that is no longer slid reads more changes. */
const MAX_UNUSED_MS = 600_000
const MAX_UNUSED_SLIDES_MS = 60_000

/** How many windows one refresh slides and loads, so that its cost does not grow with what callers asked for. */
const SLIDES_A_REFRESH = 4
const LOADS_A_REFRESH = 1

/** Quantities sold in `[from, to)`, in milliseconds since 1970: those of a window, and the changes to add to them. */
export interface Sales {
  from: number
  to: number
  window: ReadonlyMap<number, number>
  changes: ReadonlyMap<number, number>
}

interface Slot {
  window: SalesWindow | undefined
  /** When the window was loaded, last read and last refreshed, by `performance.now()`. */
  loadedAt: number
  usedAt: number
  refreshedAt: number
  readNow: () => Promise<Sales>
}

/**
 * The windows that this process caches, one for each number of days that is read, so that a read queries only the changes
 * since. Call `refresh` about once a second: without it reads stay exact but become slower.
 */
export class PopularWindows {
  readonly #em: EntityManager
  readonly #slots = new Map<number, Slot>()
  /** Resolves when the last of the running and waiting loads ends. */
  #loading: Promise<unknown> = Promise.resolve()

  constructor(em: EntityManager) {
    this.#em = em
  }

  /**
   * What sold in the last `days` × 24 hours by the database's clock. Calls during a read share the next read, so that the
   * load on the database does not grow with the number of callers.
   */
  readNow(days: number): Promise<Sales> {
    return this.#slot(days).readNow()
  }

  /**
   * What sold in the `days` × 24 hours before `at`, or before now, as the transaction of `em` sees the orders. If that
   * transaction has a single snapshot, it must not be older than the last `refresh`.
   */
  async readIn(em: EntityManager, { days, at }: { days: number; at?: number | undefined }): Promise<Sales> {
    const slot = this.#slot(days)
    const known = performance.now() - slot.loadedAt < MAX_AGE_MS ? slot.window : undefined
    if (known) {
      const slide = await slideToNow(em, known, { days, at })
      if (canSlide(known, slide)) return toSales(known, slide)
    }
    const { window, to } = await this.#load(slot, em, { days, at })
    return toSales(window, await slideToNow(em, window, { days, at: to }))
  }

  /**
   * Slides a few windows in use to the watermark, loads an old one again, and drops unused ones. Those that it slid longest ago come
   * first.
   *
   * @param em default: the one of the reads. Another one may have a longer statement timeout
   */
  async refresh(em = this.#em): Promise<void> {
    const query = `select ${toMs('watermark')} as watermark, generation from popular_state`
    const [state] = await em.fork().execute<[{ watermark: number; generation: number }]>(query)
    const { watermark, generation } = state
    let [slides, loads] = [0, 0]
    for (const [days, slot] of [...this.#slots].sort(([, a], [, b]) => a.refreshedAt - b.refreshedAt)) {
      const { window, loadedAt, usedAt } = slot
      const now = performance.now()
      if (now - usedAt > MAX_UNUSED_MS) this.#slots.delete(days)
      if (!window || now - usedAt > MAX_UNUSED_MS) continue
      const current = window.generation === generation && now - loadedAt < RENEW_AGE_MS
      if (current && (slides === SLIDES_A_REFRESH || now - usedAt > MAX_UNUSED_SLIDES_MS)) continue
      const slid = current ? await slideToWatermark(em.fork(), window, { days, watermark }) : undefined
      if (slid) slot.window = slid
      else if (loads++ < LOADS_A_REFRESH) await this.#load(slot, em.fork(), { days })
      slot.refreshedAt = now
      slides++
    }
  }

  /** Loads one window at a time, because a load takes a whole processor and blocks the event loop while its result is parsed. */
  async #load(slot: Slot, em: EntityManager, options: { days: number; at?: number | undefined }) {
    const turn = this.#loading.then(() => loadWindow(em, options))
    this.#loading = turn.catch(() => {})
    const loaded = await turn
    slot.window = loaded.window
    slot.loadedAt = performance.now()
    return loaded
  }

  #slot(days: number): Slot {
    const slot = this.#slots.get(days) ?? {
      window: undefined,
      loadedAt: 0,
      usedAt: 0,
      refreshedAt: 0,
      readNow: singleFlight(() => this.readIn(this.#em.fork(), { days })),
    }
    this.#slots.set(days, slot)
    slot.usedAt = performance.now()
    return slot
  }
}

function toSales(window: SalesWindow, slide: Slide): Sales {
  return { from: slide.from, to: slide.end, window: window.sold, changes: sum(window.slid, slide.sold) }
}
