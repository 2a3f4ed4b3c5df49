/** One sample of a time series. */
export interface Sample {
  name: string
  labels: Record<string, string>
  value: number
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?[ \t]+(\S+)(?:[ \t]+-?\d+)?$/
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"(?:,|$)/y
const INFINITIES: Record<string, number> = { '+Inf': Infinity, '-Inf': -Infinity }
const ESCAPES: Record<string, string> = { '\\n': '\n', '\\"': '"', '\\\\': '\\' }

/**
 * Parses Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/, version 0.0.4). Throws for a
 * line in another format.
 */
export function parseMetrics(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    if (line.trim() === '' || line.startsWith('#')) return []
    const [, name, labels = '', value = ''] = LINE.exec(line.trim()) ?? []
    if (name === undefined) throw new Error(`not a metric: ${line.slice(0, 100)}`)
    return { name, labels: parseLabels(labels), value: INFINITIES[value] ?? Number(value) }
  })
}

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  for (LABEL.lastIndex = 0; LABEL.lastIndex < text.length; ) {
    const [, name, value] = LABEL.exec(text) ?? []
    if (name === undefined || value === undefined) throw new Error(`not labels of a metric: ${text.slice(0, 100)}`)
    labels[name] = value.replace(/\\./g, (escaped) => ESCAPES[escaped] ?? escaped)
  }
  return labels
}
