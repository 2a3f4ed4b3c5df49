import type { Page } from 'playwright-core'

/** A task of a page's main thread. */
export interface Task {
  /** Its processor time, in milliseconds. Unlike its duration, it does not depend on what else the machine does. */
  cpuMs: number
  /** What took most of it. */
  parts: string[]
}

interface TraceEvent {
  name: string
  ph: string
  pid: number
  tid: number
  ts: number
  dur?: number
  /** Processor time of the thread, in microseconds. */
  tdur?: number
  args: { name?: string; data?: unknown }
}

const CATEGORIES = ['devtools.timeline', 'disabled-by-default-devtools.timeline', '__metadata']
const PART_US = 5_000

/** Returns the three longest tasks of the browser's open pages while something runs. One recording at a time in a browser. */
export async function longestTasksWhile(page: Page, work: () => Promise<unknown>): Promise<Task[]> {
  const browser = page.context().browser()
  if (!browser) throw new Error('The page has no browser.')
  await browser.startTracing(page, { categories: CATEGORIES })
  let trace: Buffer | undefined
  try {
    await work()
  } finally {
    trace = await browser.stopTracing()
  }
  return longestTasks((JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] }).traceEvents)
}

function longestTasks(events: TraceEvent[]): Task[] {
  const isMain = (event: TraceEvent) => event.name === 'thread_name' && event.args.name === 'CrRendererMain'
  const threads = new Set(events.filter(isMain).map(threadOf))
  const ofPages = events.filter((event) => event.ph === 'X' && threads.has(threadOf(event)))
  const tasks = ofPages.filter(({ name }) => name === 'RunTask')
  if (tasks.length === 0) throw new Error('The browser recorded no task.')
  return tasks
    .toSorted((a, b) => cpuOf(b) - cpuOf(a))
    .slice(0, 3)
    .map((task) => ({ cpuMs: cpuOf(task) / 1_000, parts: ofPages.filter((part) => isIn(part, task)).map(describe) }))
}

const threadOf = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`
const cpuOf = ({ tdur = 0 }: TraceEvent) => tdur

function isIn(part: TraceEvent, task: TraceEvent): boolean {
  const isWithin = part.ts >= task.ts && part.ts < task.ts + (task.dur ?? 0)
  return threadOf(part) === threadOf(task) && part !== task && isWithin && cpuOf(part) > PART_US
}

function describe(part: TraceEvent): string {
  return `${part.name} ${cpuOf(part) / 1_000} ms ${JSON.stringify(part.args.data ?? {}).slice(0, 200)}`
}
