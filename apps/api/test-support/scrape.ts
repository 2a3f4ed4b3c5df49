/** The metrics of a process as Prometheus reads them. */
export interface Scrape {
  /** The value of a series, like `jumun_orders_total{call="order.place",outcome="ok"}`. NaN where there is none. */
  value(series: string): number
  /** Each metric with the names of its labels. A histogram counts as one, without `le`. */
  labels: Map<string, Set<string>>
}

/** Reads `/metrics` of an API. */
export async function scrape(api: { url: string }): Promise<Scrape> {
  const text = await (await fetch(`${api.url}/metrics`)).text()
  const values = new Map<string, number>()
  const labels = new Map<string, Set<string>>()
  let metric = ''
  for (const line of text.split('\n')) {
    metric = /^# TYPE (\S+)/.exec(line)?.[1] ?? metric
    const sample = /^([^#\s{]+)(?:\{(.*)\})? (\S+)$/.exec(line)
    if (!sample) continue
    const [, name = '', inBraces = '', value = ''] = sample
    const names = [...inBraces.matchAll(/(\w+)="/g)].map(([, label = '']) => label)
    labels.set(metric, new Set([...(labels.get(metric) ?? []), ...names.filter((label) => label !== 'le')]))
    values.set(inBraces === '' ? name : `${name}{${inBraces}}`, value === 'Nan' ? Number.NaN : Number(value))
  }
  return { value: (series) => values.get(series) ?? Number.NaN, labels }
}
