/** The metrics of a process as Prometheus reads them. */
export interface Scrape {
  /** The value of a series, like `jumun_orders_total{call="order.place",outcome="ok"}`. NaN where there is none. */
  value(series: string): number
  /** Each metric with its labels and their values. A histogram counts as one, without `le`. */
  labels: Map<string, Map<string, Set<string>>>
}

/** Reads `/metrics` of an API. */
export async function scrape(api: { url: string }): Promise<Scrape> {
  const text = await (await fetch(`${api.url}/metrics`)).text()
  const values = new Map<string, number>()
  const labels: Scrape['labels'] = new Map()
  let metric = ''
  for (const line of text.split('\n')) {
    metric = /^# TYPE (\S+)/.exec(line)?.[1] ?? metric
    const sample = /^([^#\s{]+)(?:\{(.*)\})? (\S+)$/.exec(line)
    if (!sample) continue
    const [, name = '', inBraces = '', value = ''] = sample
    const ofMetric = labels.get(metric) ?? new Map<string, Set<string>>()
    labels.set(metric, ofMetric)
    for (const [, label = '', given = ''] of inBraces.matchAll(/(\w+)="([^"]*)"/g))
      if (label !== 'le') ofMetric.set(label, (ofMetric.get(label) ?? new Set()).add(given))
    values.set(inBraces === '' ? name : `${name}{${inBraces}}`, value === 'Nan' ? Number.NaN : Number(value))
  }
  return { value: (series) => values.get(series) ?? Number.NaN, labels }
}
