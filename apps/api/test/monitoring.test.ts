import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { problems, procedures } from '@jumun/contract'
import { startTestApi } from '@jumun/test-kit/api'
import { hasProgram } from '@jumun/test-kit/has-program'
import { createTestDatabase } from '@jumun/test-kit/test-database'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Scrape, scrape } from '../test-support/scrape.ts'

const ROOT = join(import.meta.dirname, '../../..')
const PROMETHEUS = join(ROOT, 'ops/prometheus')
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
const alerts = read('ops/prometheus/alerts.yml')
const run = promisify(execFile)

/** Labels that Prometheus or Grafana add. */
const ADDED_LABELS = ['job', 'instance', 'le']
const METRIC = /\b(?:jumun|process|nodejs)_[a-z0-9_]+/g

let served: Scrape

/** An API whose calls have made a series of each metric. */
beforeAll(async () => {
  const database = await createTestDatabase()
  const api = await startTestApi(database.url, { settings: { DATABASE_READ_URL: database.url } })
  await fetch(`${api.url}/api/product`)
  served = await scrape(api)
  await api.close()
  await database.drop()
})

/** The metrics that an expression names, with the matchers of their labels. */
function metricsIn(expression: string) {
  const selectors = [...expression.matchAll(/\b((?:jumun|process|nodejs)_[a-z0-9_]+|up)\b(?:\{([^}]*)\})?/g)]
  return selectors.map(([, name = '', matchers = '']) => ({
    metric: served.labels.has(name) ? name : name.replace(/_(?:bucket|sum|count)$/, ''),
    matchers: [...matchers.matchAll(/(\w+)(=~|!=|=)"([^"]*)"/g)].map(([, label = '', , value = '']) => ({
      label,
      values: value.split('|'),
    })),
  }))
}

/** What a label may have beside what is served now: what a call or its outcome can be. */
const KNOWN: Record<string, string[]> = {
  procedure: Object.keys(procedures),
  outcome: ['ok', ...Object.keys(problems)],
}

function expectServed(expression: string): void {
  for (const { metric, matchers } of metricsIn(expression)) {
    if (metric === 'up') continue
    expect([...served.labels.keys()]).toContain(metric)
    const labels = served.labels.get(metric) ?? new Map()
    for (const { label, values } of matchers.filter(({ label }) => !ADDED_LABELS.includes(label))) {
      expect([metric, ...labels.keys()]).toContain(label)
      const possible = [...(labels.get(label) ?? []), ...(KNOWN[label] ?? [])]
      for (const value of values) expect(possible).toContain(value)
    }
  }
  const grouped = [...expression.matchAll(/\b(?:by|without|on)\s*\(([^)]*)\)/g)].flatMap(([, list = '']) =>
    list.split(','),
  )
  const known = new Set([
    ...ADDED_LABELS,
    ...metricsIn(expression).flatMap(({ metric }) => [...(served.labels.get(metric)?.keys() ?? [])]),
  ])
  for (const label of grouped.map((one) => one.trim()).filter((one) => one !== '')) expect([...known]).toContain(label)
}

describe('the dashboard', () => {
  const dashboard = JSON.parse(read('ops/grafana/jumun.json')) as {
    panels: { id: number; type: string; title: string; description?: string; targets?: { expr: string }[] }[]
  }
  const panels = dashboard.panels.filter(({ type }) => type !== 'row')

  test.each(panels)('$title shows only what is served, and says what it is', ({ description, targets = [] }) => {
    expect(description).toMatch(/\.$/)
    expect(targets).not.toEqual([])
    for (const { expr } of targets) expectServed(expr)
  })

  test('it shows every metric', () => {
    const text = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)).join('\n')
    const shown = new Set(metricsIn(text).map(({ metric }) => metric))
    const own = [...served.labels.keys()].filter((name) => name.startsWith('jumun_'))
    expect(own.filter((name) => !shown.has(name))).toEqual([])
  })
})

test('the alerts name only metrics, labels and values that are served', () => {
  const expressions = alerts.split(/^ +- alert: /m).slice(1)
  expect(expressions.length).toBeGreaterThan(10)
  for (const text of expressions)
    expectServed(/expr:([\s\S]*?)\n +(?:#.*\n +)?(?:for|labels):/.exec(text)?.[1] ?? 'none_')
  expect(alerts.match(METRIC)?.length).toBeGreaterThan(10)
})

test('each alert has a severity, and a chapter in the runbook', () => {
  const rules = [alerts, read('ops/prometheus/machines.yml')].flatMap((text) => text.split(/^ +- alert: /m).slice(1))
  const tests = ['alerts', 'machines'].map((name) => read(`ops/prometheus/${name}.test.yml`)).join('\n')
  const chapters = [...read('docs/runbook.md').matchAll(/^### (\w+)$/gm)].map(([, name]) => name)
  const names = rules.map((rule) => /^\w+/.exec(rule)?.[0] ?? '')
  expect(chapters).toEqual(names)
  for (const [index, rule] of rules.entries()) {
    expect(rule).toMatch(/severity: (page|ticket)\n/)
    expect(rule).toContain(`runbook_url: docs/runbook.md#${names[index]?.toLowerCase()}\n`)
    expect(tests).toContain(`alertname="${names[index]}"`)
  }
})

test('the table of metrics in docs/operations.md has every metric of the shop with its labels, and no other', () => {
  const rows = [...read('docs/operations.md').matchAll(/^\| `(jumun_\w+)(?:\{([\w,]+)\})?` \|/gm)]
  const documented = rows.map(([, name, labels = '']) => [name, labels.split(',').filter(Boolean).toSorted()])
  const own = [...served.labels].filter(([name]) => name.startsWith('jumun_'))
  const real = own.map(([name, labels]) => [name, [...labels.keys()].toSorted()])
  expect(documented.toSorted()).toEqual(real.toSorted())
})

const hasPromtool = hasProgram('promtool')
if (!hasPromtool) process.stderr.write('promtool is not on this machine: the rules of ops/prometheus were not run.\n')

test.skipIf(!hasPromtool)(
  hasPromtool ? 'promtool accepts the rules, and they fire as they should' : 'NOT RUN, promtool is missing: the rules',
  async () => {
    await run('promtool', ['check', 'config', 'prometheus.yml'], { cwd: PROMETHEUS })
    await run('promtool', ['test', 'rules', 'alerts.test.yml', 'machines.test.yml'], { cwd: PROMETHEUS })
  },
)
