import { expect, test } from 'vitest'
import { parseDatabaseUrl } from '../../src/database/database-url.ts'

test.each([
  ['postgres://u:p@a.test/shop', ['postgres://u:p@a.test/shop']],
  ['postgresql://a.test:1,b.test/shop?x=1', ['postgresql://a.test:1/shop?x=1', 'postgresql://b.test/shop?x=1']],
  [
    'postgres://u:p%40,@[::1]:1,10.0.0.1:2/shop',
    ['postgres://u:p%40,@[::1]:1/shop', 'postgres://u:p%40,@10.0.0.1:2/shop'],
  ],
  [
    'postgres://u@%2Frun%2Fpostgresql,b.test/shop',
    ['postgres://u@%2Frun%2Fpostgresql/shop', 'postgres://u@b.test/shop'],
  ],
  ['postgres://a.test,b.test', ['postgres://a.test', 'postgres://b.test']],
  ['postgres://a.test/shop?pgbouncer=false&target_session_attrs=read-write', ['postgres://a.test/shop']],
])('%s names these servers', (url, urls) => {
  expect(parseDatabaseUrl(url)).toMatchObject({ urls, prepares: true })
})

test('?pgbouncer=true is no parameter of the driver', () => {
  expect(parseDatabaseUrl('postgres://u:p@a.test,b.test:1/shop?pgbouncer=true&sslmode=require')).toEqual({
    urls: ['postgres://u:p@a.test/shop?sslmode=require', 'postgres://u:p@b.test:1/shop?sslmode=require'],
    hosts: ['a.test', 'b.test:1'],
    prepares: false,
  })
})
