import type { ProxyEvent, ProxyMode } from '@jumun/test-kit/tcp-proxy'

export type { ProxyMode } from '@jumun/test-kit/tcp-proxy'

/** A command to the process of the proxies. */
export type ProxyCommand = { order: number; proxy: string; mode?: ProxyMode; port?: number }

/** What that process reports: the ports of its proxies, that it carried out a command, and the events of a proxy. */
export type ProxyReport = { ports: Record<string, number> } | { done: number } | { proxy: string; happened: ProxyEvent }
