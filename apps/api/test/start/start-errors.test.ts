import { expect, test } from 'vitest'
import { explainStartError } from '../../src/explain-start-error.ts'
import { SettingsError } from '../../src/settings.ts'

const failure = (message: string, fields: object) => Object.assign(new Error(message), fields)

test.each([
  ['a setting', new SettingsError('PORT: must be a port number'), 'PORT: must be a port number'],
  [
    'a port in use',
    failure('listen EADDRINUSE', { code: 'EADDRINUSE', syscall: 'listen', address: '127.0.0.1', port: 80 }),
    'PORT: 127.0.0.1:80 is taken by another program; set PORT to a free one.',
  ],
  [
    'a port that this user may not open',
    failure('listen EACCES: permission denied 127.0.0.1:80', { code: 'EACCES', syscall: 'listen' }),
    'PORT: listen EACCES: permission denied 127.0.0.1:80',
  ],
  [
    'an unknown host',
    failure('getaddrinfo ENOTFOUND shop', { code: 'ENOTFOUND', syscall: 'getaddrinfo' }),
    'HOST: getaddrinfo ENOTFOUND shop',
  ],
  [
    'a directory that cannot be created',
    failure("EACCES: permission denied, mkdir '/data'", { code: 'EACCES', syscall: 'mkdir', path: '/data' }),
    "DATA_DIR: EACCES: permission denied, mkdir '/data'",
  ],
  [
    'several addresses that all refuse connections',
    new AggregateError([new Error('connect ECONNREFUSED ::1:5432'), new Error('connect ECONNREFUSED 127.0.0.1:5432')]),
    'Jumun could not start: connect ECONNREFUSED ::1:5432',
  ],
  ['an error of several lines', new Error('This went wrong.\nAnd more.'), 'Jumun could not start: This went wrong.'],
])('%s is reported in one line', (_, error, line) => {
  expect(explainStartError(error)).toBe(line)
})
