import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cluster } from '../cluster/cluster.ts'
import { OPS } from '../cluster/recipe.ts'

/** Metrics of the programs that run here; the exporters of the operating system and of PostgreSQL do not. */
const NAMES = /\b(?:haproxy|patroni|etcd)_\w+/g

/** Compares the metrics that the alerts for the machines need with those that the programs have. Returns what is missing. */
export async function checkMetrics({ metricsUrls }: Cluster): Promise<string[]> {
  const needed = new Set((await readFile(join(OPS, 'prometheus/machines.yml'), 'utf8')).match(NAMES))
  const metrics = await Promise.all(metricsUrls.map(async (url) => (await fetch(url)).text()))
  const had = new Set(metrics.join('\n').match(NAMES))
  return [...needed]
    .filter((name) => !had.has(name))
    .map((name) => `No program has the metric ${name} of machines.yml.`)
}
