import type { PointBalance } from '@jumun/client'
import { PAGE_MAX_LIMIT } from '@jumun/contract/limits'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useMemo } from 'react'
import { m } from '../../messages/messages.js'
import { formatMoney } from '../../shared/format.ts'
import { jumun } from '../../shared/jumun.ts'
import { DataTable } from '../components/data-table.tsx'
import { EmptyState, ErrorState, Loading } from '../components/states.tsx'
import type { Column } from '../components/table-model.ts'
import { PageHead } from '../components/toolbar.tsx'
import { MemberLink } from '../orders/order-columns.tsx'
import { useLiveBalances } from './live-balances.ts'
import { MemberFilter } from './member-filter.tsx'

const COLUMNS: readonly Column<PointBalance>[] = [
  { id: 'member', header: m.member(), cell: ({ memberId }) => <MemberLink memberId={memberId} /> },
  { id: 'balance', header: m.balance(), cell: ({ balance }) => formatMoney(balance), align: 'end', width: 180 },
]

const rowId = ({ memberId }: PointBalance) => memberId

/** Members who have points, by id. */
export function MembersPage() {
  const { prefix } = useSearch({ from: '/members' })
  const navigate = useNavigate()
  const found = useFoundMembers(prefix)
  const members = useLiveBalances(
    useMemo(() => found.data?.pages.flatMap(({ items }) => items) ?? [], [found.data]),
    found,
  )
  const open = useCallback(
    ({ memberId }: PointBalance) => void navigate({ to: '/members/$memberId', params: { memberId } }),
    [navigate],
  )
  const { hasNextPage, isFetching, fetchNextPage } = found
  const readMore = useCallback(() => {
    if (hasNextPage && !isFetching) void fetchNextPage()
  }, [hasNextPage, isFetching, fetchNextPage])
  return (
    <>
      <PageHead title={m.nav_members()} />
      <MemberFilter />
      {found.isPending && <Loading rows={10} />}
      {found.isError && <ErrorState error={found.error} onRetry={() => void found.refetch()} />}
      {members.length > 0 && (
        <DataTable
          label={m.nav_members()}
          columns={COLUMNS}
          rows={members}
          rowId={rowId}
          onOpen={open}
          onEndReached={readMore}
          isLoadingMore={found.isFetchingNextPage}
          isMain
        />
      )}
      {found.isSuccess && members.length === 0 && <NoMembers prefix={prefix} />}
    </>
  )
}

function useFoundMembers(prefix: string | undefined) {
  return useInfiniteQuery({
    queryKey: ['members', 'found', prefix],
    queryFn: ({ pageParam: cursor, signal }) =>
      jumun.admin.members.query({ prefix, cursor, limit: PAGE_MAX_LIMIT }, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    placeholderData: keepPreviousData,
  })
}

/** A member who was never charged is not listed, but has a page. */
function NoMembers({ prefix }: { prefix: string | undefined }) {
  return (
    <EmptyState title={prefix === undefined ? m.member_none() : m.member_none_match({ prefix })}>
      <p>{m.member_first_charge()}</p>
      {prefix !== undefined && (
        <p>
          <MemberLink memberId={prefix} />
        </p>
      )}
    </EmptyState>
  )
}
