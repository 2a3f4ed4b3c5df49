/** The position of the last change that readers read: the creation of the last product. */
const END = `(select max(position) from stored_changes where type = 'product.created')`

const FOLLOWING = `
    select *, lag(value) over follows as before, lag(type) over follows as type_before from stored_changes`
const WINDOW = 'window follows as (partition by subject order by position)'

/**
 * The checks of the feed of changes, each with a query that finds violations. `readers` and `received` come from the history;
 * `stored_changes` are the changes in the database, in the order of the feed.
 */
export const feedChecks: Record<string, string> = {
  'feed: every reader gets every change': `
    select name, position, type, subject, s.id from readers cross join stored_changes s
     where position <= ${END} and not exists (select 1 from received r where r.id = s.id and reader = name)`,
  'feed: readers get only what is committed': `
    select r.* from received r left join stored_changes s using (id)
     where (s.type, s.subject) is not (r.type, r.subject) or s.value is not r.value`,
  'feed: readers get changes in the order of the feed': `
    select * from (
        select reader, number, position, lag(position) over (partition by reader order by number) as before
          from (select reader, min(number) as number, id from received group by reader, id) join stored_changes using (id)
      ) where position < before`,
  'feed: a change comes again only over another connection, in order': `
    select * from (
        select reader, connection, number, position,
               lag(position) over (partition by reader, connection order by number) as before
          from received join stored_changes using (id)
      ) where position <= before`,
  // An order that is paid at once has both changes in its first version.
  'feed: the version of an order grows': `
    select * from (${FOLLOWING} where type like 'order.%' ${WINDOW})
     where value < before or (value = before and (type_before, type) <> ('order.placed', 'order.paid'))`,
  'feed: the last version of an order is the stored one': `
    select o.id, o.version, c.version as in_feed from stored_orders o left join (
        select subject, max(value) as version from stored_changes where type like 'order.%' group by subject
      ) c on c.subject = o.id
     where c.version is not o.version`,
  'feed: a balance is the one before and the amount': `
    select * from (${FOLLOWING} where type = 'points.changed' ${WINDOW}) where value <> coalesce(before, 0) + amount`,
  'feed: the last balance is the stored one': `
    select p.member_id, p.balance, c.value as in_feed from stored_points p left join (
        select subject, value, max(position) from stored_changes where type = 'points.changed' group by subject
      ) c on c.subject = p.member_id
     where c.value is not p.balance`,
  // The callers only raise stock when they correct it.
  'feed: stock falls by orders, and rises for any other reason': `
    select * from (${FOLLOWING} where type = 'stock.changed' ${WINDOW})
     where iif(reason = 'order', value >= before, value <= before)`,
  'feed: the last stock is the stored one': `
    select s.product_id, s.quantity, c.value as in_feed from stored_stock s join (
        select subject, value, max(position) from stored_changes where type = 'stock.changed' group by subject
      ) c on c.subject = s.product_id
     where c.value <> s.quantity`,
}
