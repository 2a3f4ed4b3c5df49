import type { ProxyEvent, ProxyMode } from '@jumun/test-kit/tcp-proxy'

export type { ProxyMode } from '@jumun/test-kit/tcp-proxy'

/** A command to the process of the proxies. The process acknowledges it by its id. */
export type ProxyCommand = { id: number; proxy: string; mode?: ProxyMode; port?: number }

/** A report of that process: the ports of its proxies, the id of an executed command, or an event of a proxy. */
export type ProxyReport =
  | { ports: Record<string, number> }
  | { executed: number }
  | { proxy: string; event: ProxyEvent }
