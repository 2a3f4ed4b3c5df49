import type { TakenEvent } from './claim-events.ts'
import { DEAD_LETTERS, OUTBOX, type Outbox } from './outbox.ts'
import type { OutgoingEvent } from './outgoing-event.ts'

/** After some three minutes of tries it is a matter for people. */
export const REJECTIONS_MAX = 20

const REASON_MAX_LENGTH = 200

/** To give events back; not less than there can be numbers of rejections. */
const STATEMENTS_MAX = REJECTIONS_MAX

const MANY_REASONS = 'One of many reasons that came at once.'

/** An event that was not taken, and why. */
export interface Failure {
  event: TakenEvent
  reason: string
  /** Whether that was the platform's considered answer to this event, and not just an outage. */
  rejected: boolean
}

interface Noted {
  event: TakenEvent
  /** What pg-boss keeps with the event until its next try. */
  note: { reason: string; rejections: number }
}

/** An event that the platform has rejected too often, with its last reason. */
interface DeadLetter extends OutgoingEvent {
  rejection: string
  /** How often it was sent. */
  attempts: number
}

/** Takes events that the platform has out of the outbox, whoever may hold them by now. */
export async function removeEvents(outbox: Outbox, events: TakenEvent[]): Promise<void> {
  if (events.length === 0) return
  await outbox.deleteJob(
    OUTBOX,
    events.map((event) => event.claim.id),
  )
}

/**
 * Gives events back to the outbox, each to be tried again by itself after 1 to 10 seconds, or puts them among the dead
 * letters if they have been rejected too often. Claims that have run out meanwhile are left alone.
 *
 * @returns how many became dead letters
 */
export async function giveBackEvents(outbox: Outbox, failures: Failure[]): Promise<number> {
  const noted = failures.map(
    ({ event, reason, rejected }): Noted => ({
      event,
      note: { reason: toStorable(reason), rejections: event.rejections + Number(rejected) },
    }),
  )
  const { bury = [], retry = [] } = Object.groupBy(noted, ({ note }) =>
    note.rejections >= REJECTIONS_MAX ? 'bury' : 'retry',
  )
  for (const group of groupByNote(retry)) {
    const claims = group.map(({ event }) => event.claim)
    await outbox.fail(OUTBOX, claims, group[0]?.note)
  }
  if (bury.length > 0) await buryEvents(outbox, bury)
  return bury.length
}

/** One statement a note. If there are too many of them, their time is dearer than their reasons. */
function groupByNote(events: Noted[]): Noted[][] {
  const groups = Map.groupBy(events, ({ note }) => JSON.stringify(note))
  if (groups.size <= STATEMENTS_MAX) return [...groups.values()]
  return groupByNote(events.map(({ event, note }) => ({ event, note: { ...note, reason: MANY_REASONS } })))
}

async function buryEvents(outbox: Outbox, events: Noted[]): Promise<void> {
  // In this order: an event that is in both queues, for a moment or because the process dies here, is not lost.
  await outbox.insert(
    DEAD_LETTERS,
    events.map(({ event, note }) => ({ id: event.claim.id, data: toDeadLetter(event, note.reason) })),
  )
  await outbox.deleteJob(
    OUTBOX,
    events.map(({ event }) => event.claim),
  )
}

function toDeadLetter({ json, claim }: TakenEvent, rejection: string): DeadLetter {
  return { ...(JSON.parse(json) as OutgoingEvent), rejection, attempts: claim.retryCount + 1 }
}

/** The platform may say anything; jsonb takes neither NUL nor half a surrogate pair. */
function toStorable(reason: string): string {
  return reason.slice(0, REASON_MAX_LENGTH).toWellFormed().replaceAll('\0', '\uFFFD')
}
