/** Invalid values of each setting. */
export const malformedSettings: Record<string, string[]> = {
  HOST: ['my host', 'http://localhost', 'host/path', 'h'.repeat(256)],
  PORT: ['x', '-1', '65536', '1.5', '1e3', '0x10', ' 3000', '3000 ', '30 00', 'true'],
  DATABASE_URL: ['localhost', 'mysql://db.test/shop', 'http://db.test', '/var/run/postgresql'],
  DATA_PLATFORM_URL: ['localhost:4001', 'ftp://data.test', 'data', 'javascript:1'],
  DATA_PLATFORM_SECRET: [
    'secret',
    'whsec_',
    'whsec_short',
    `whsec_${'A'.repeat(31)}`,
    `whsec_${'A'.repeat(33)}`,
    `whsec_${'A'.repeat(92)}`,
    `whsec_${'-'.repeat(32)}`,
    'A'.repeat(44),
  ],
  MOCK_DATA_PLATFORM_PORT: ['x', '-1', '65536', '1e3'],
  AUTH_SECRET: ['short', 's'.repeat(31)],
  AUTH_JWKS_URL: ['keys', 'file:///etc/keys', 'id.test/keys'],
  ALLOW_SELF_CHARGE: ['yes', '1', 'TRUE', 'on'],
  RATE_LIMIT_PER_SECOND: ['x', '-1', '1.5', '1e3', 'Infinity', '1000000001'],
  MAX_UNPAID_ORDERS: ['ten', '-1', '1.5', '1000000001'],
  MAX_UNPAID_UNITS: ['x', '-1', '1e3', '1000000001'],
  LOG_LEVEL: ['loud', 'INFO', '30'],
}

/** Unknown settings, each with the setting that the error message suggests, if any. */
export const unknownSettings: Record<string, string | null> = {
  DATABASE_ULR: 'DATABASE_URL',
  DATABASE_URI: 'DATABASE_URL',
  DATA_DIRS: 'DATA_DIR',
  LOG_LEVL: 'LOG_LEVEL',
  AUTH_SECRT: 'AUTH_SECRET',
  AUTH_JWK_URL: 'AUTH_JWKS_URL',
  ALLOW_SELFCHARGE: 'ALLOW_SELF_CHARGE',
  RATE_LIMIT_PER_SECONDS: 'RATE_LIMIT_PER_SECOND',
  RATE_LIMIT_BURST: null,
  AUTH_ALGORITHM: null,
  DATA_PLATFORM_TIMEOUT: null,
  MOCK_DATA_PLATFORM_URL: null,
  JUMUN_PORT: null,
}
