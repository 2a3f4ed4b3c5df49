import type { ClaimedEvent } from './claim-events.ts'
import { DEAD_LETTERS, OUTBOX, type Outbox } from './outbox.ts'
import type { OutgoingEvent } from './outgoing-event.ts'

/** An event that was rejected this often, over about three minutes, becomes a dead letter. */
export const REJECTIONS_MAX = 20

const REASON_MAX_LENGTH = 200

/** The most statements for one batch of retries. At least one for each number of rejections, or `groupByNote` cannot end. */
const STATEMENTS_MAX = REJECTIONS_MAX

const MANY_REASONS = 'One of many reasons that came at once.'

/** An event that was not accepted, and why. */
export interface Failure {
  event: ClaimedEvent
  reason: string
  /** Whether the platform rejected this event, as opposed to an outage. */
  rejected: boolean
}

interface NotedEvent {
  event: ClaimedEvent
  /** What pg-boss stores with the event until its next attempt. */
  note: { reason: string; rejections: number }
}

/** An event that the platform has rejected too often, with its last reason. */
interface DeadLetter extends OutgoingEvent {
  rejection: string
  /** How often it was sent. */
  attempts: number
}

/**
 * Returns events to the outbox, to be retried after 1 to 10 seconds each, or moves them to the dead letters if they have
 * been rejected too often. Leaves events alone whose claim has expired.
 *
 * @returns how many became dead letters
 */
export async function retryEvents(outbox: Outbox, failures: Failure[]): Promise<number> {
  const noted = failures.map(({ event, reason, rejected }): NotedEvent => {
    return { event, note: { reason: toStorable(reason), rejections: event.rejections + Number(rejected) } }
  })
  const { dead = [], retry = [] } = Object.groupBy(noted, ({ note }) =>
    note.rejections >= REJECTIONS_MAX ? 'dead' : 'retry',
  )
  for (const group of groupByNote(retry)) {
    const claims = group.map(({ event }) => event.claim)
    await outbox.fail(OUTBOX, claims, group[0]?.note)
  }
  if (dead.length > 0) await deadLetterEvents(outbox, dead)
  return dead.length
}

/** One statement for each note. If that would take too many statements, the reasons are replaced by one. */
function groupByNote(events: NotedEvent[]): NotedEvent[][] {
  const groups = Map.groupBy(events, ({ note }) => JSON.stringify(note))
  if (groups.size <= STATEMENTS_MAX) return [...groups.values()]
  return groupByNote(events.map(({ event, note }) => ({ event, note: { ...note, reason: MANY_REASONS } })))
}

async function deadLetterEvents(outbox: Outbox, events: NotedEvent[]): Promise<void> {
  // Insert first: a crash between the two leaves an event in both queues, and loses none.
  const deadLetters = events.map(({ event, note }) => ({ id: event.claim.id, data: toDeadLetter(event, note.reason) }))
  await outbox.insert(DEAD_LETTERS, deadLetters)
  const claims = events.map(({ event }) => event.claim)
  await outbox.deleteJob(OUTBOX, claims)
}

function toDeadLetter({ json, claim }: ClaimedEvent, rejection: string): DeadLetter {
  return { ...(JSON.parse(json) as OutgoingEvent), rejection, attempts: claim.retryCount + 1 }
}

/** A reason may hold any text; jsonb accepts neither NUL nor a lone surrogate. */
function toStorable(reason: string): string {
  return reason.slice(0, REASON_MAX_LENGTH).toWellFormed().replaceAll('\0', '\uFFFD')
}
