const COMMON_HEADERS = {
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  // One year. Without `includeSubDomains`, because other services may live below this host without TLS.
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
}

/**
 * Headers of every response except the reference page: browsers must treat it as data, never as a page, script or frame,
 * and must not cache it. There is no CORS header, so scripts of other origins cannot read it.
 */
export const API_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  ...COMMON_HEADERS,
  'x-frame-options': 'DENY',
  'cache-control': 'no-store',
}

/** Headers of the shop's and the console's pages: scripts and styles are files of ours, and nothing comes from elsewhere. */
export const WEB_PAGE_HEADERS: Readonly<Record<string, string>> = {
  ...COMMON_HEADERS,
  'content-security-policy':
    "default-src 'none';script-src 'self';style-src 'self';img-src 'self';connect-src 'self';base-uri 'none';" +
    "form-action 'self';frame-ancestors 'none';require-trusted-types-for 'script'",
  'cross-origin-opener-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'x-frame-options': 'DENY',
  'cache-control': 'no-store',
}

/** Headers of the reference page, which works offline and may load nothing from another origin. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  ...COMMON_HEADERS,
  // Swagger UI sets styles on its elements and draws its icons from data URLs.
  'content-security-policy':
    "default-src 'self';style-src 'self' 'unsafe-inline';img-src 'self' data:;object-src 'none';base-uri 'none';" +
    "form-action 'self';frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'x-dns-prefetch-control': 'off',
  'x-download-options': 'noopen',
  'x-frame-options': 'DENY',
  'x-permitted-cross-domain-policies': 'none',
  'x-xss-protection': '0',
}
