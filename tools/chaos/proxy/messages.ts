import type { ProxyEvent, ProxyMode } from '@jumun/test-kit/tcp-proxy'

export type WireMode = ProxyMode

/** A command to the process of the proxies. */
export type WireOrder = { order: number; wire: string; mode?: ProxyMode; port?: number }

/** What that process reports: the ports of its proxies, that it carried out a command, and the events of a proxy. */
export type WireNews = { ports: Record<string, number> } | { done: number } | { wire: string; happened: ProxyEvent }
