import type { Page } from 'playwright-core'

/** A task of a page's main thread. */
export interface Task {
  /** Its processor time, in milliseconds. Unlike its duration, it does not depend on what else the machine does. */
  cpuMs: number
  /** What took most of it. */
  parts: string[]
}

/** As Chromium records it; times are in microseconds. */
export interface TraceEvent {
  name: string
  ph: string
  pid: number
  tid: number
  ts: number
  dur?: number
  /** Processor time of the thread. */
  tdur?: number
  args: { name?: string; data?: { documentLoaderURL?: string; url?: string } }
}

const CATEGORIES = ['devtools.timeline', 'disabled-by-default-devtools.timeline', 'loading', 'blink.user_timing']
const PART_US = 5_000

/** Returns the three longest tasks of the browser's open pages while something runs. */
export async function longestTasksWhile(page: Page, work: () => Promise<unknown>): Promise<Task[]> {
  const events = await recordWhile(page, work)
  const ofPages = completeOfPages(events)
  return tasksOfPages(events)
    .toSorted((a, b) => cpuOf(b) - cpuOf(a))
    .slice(0, 3)
    .map((task) => ({ cpuMs: cpuOf(task) / 1_000, parts: ofPages.filter((part) => isIn(part, task)).map(describe) }))
}

/** Records what the browser does while something runs. One recording at a time in a browser. */
export async function recordWhile(page: Page, work: () => Promise<unknown>): Promise<TraceEvent[]> {
  const browser = page.context().browser()
  if (!browser) throw new Error('The page has no browser.')
  await browser.startTracing(page, { categories: CATEGORIES })
  let trace: Buffer | undefined
  try {
    await work()
  } finally {
    trace = await browser.stopTracing()
  }
  return (JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] }).traceEvents
}

/** The tasks of the main threads of all pages. */
export function tasksOfPages(events: TraceEvent[]): TraceEvent[] {
  const tasks = completeOfPages(events).filter(({ name }) => name === 'RunTask')
  if (tasks.length === 0) throw new Error('The browser recorded no task.')
  return tasks
}

function completeOfPages(events: TraceEvent[]): TraceEvent[] {
  const isMain = (event: TraceEvent) => event.name === 'thread_name' && event.args.name === 'CrRendererMain'
  const threads = new Set(events.filter(isMain).map(threadOf))
  return events.filter((event) => event.ph === 'X' && threads.has(threadOf(event)))
}

/** Processor time, in microseconds. */
export const cpuOf = ({ tdur = 0 }: TraceEvent): number => tdur
const threadOf = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`

function isIn(part: TraceEvent, task: TraceEvent): boolean {
  const isWithin = part.ts >= task.ts && part.ts < task.ts + (task.dur ?? 0)
  return threadOf(part) === threadOf(task) && part !== task && isWithin && cpuOf(part) > PART_US
}

function describe(part: TraceEvent): string {
  return `${part.name} ${cpuOf(part) / 1_000} ms ${JSON.stringify(part.args.data ?? {}).slice(0, 200)}`
}
