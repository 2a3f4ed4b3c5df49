import { onServer } from '@jumun/test-kit/on-server'
import { until } from '@jumun/test-kit/until'
import { expect, onTestFinished } from 'vitest'

/** Updates of a table that wait. */
export interface HeldUpdates {
  /** Waits until an update waits. */
  untilHeld(): Promise<void>
  /** Lets them go on. This happens at the end of the test at the latest. */
  release(): Promise<void>
}

/** Makes updates of a table wait, for longer than the API waits for a locked row: until they are released, or for 15 s. */
export async function holdUpdates({ databaseUrl }: { databaseUrl: string }, table: string): Promise<HeldUpdates> {
  await onServer(
    databaseUrl,
    `create table public.hold as select;
    create function public.wait_while_held() returns trigger language plpgsql as $$ begin
      while exists (select from public.hold) loop perform pg_sleep(0.01); end loop;
      return new;
    end $$;
    create trigger wait_while_held before update on ${table} for each row execute function public.wait_while_held()`,
  )
  const release = () => onServer(databaseUrl, 'delete from public.hold').then(() => {})
  onTestFinished(async () => {
    await release()
    await onServer(databaseUrl, 'drop function public.wait_while_held cascade; drop table public.hold')
  })
  const sleeping = `select from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`
  return { release, untilHeld: () => until(async () => expect(await onServer(databaseUrl, sleeping)).not.toEqual([])) }
}
