import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cluster } from '../cluster/cluster.ts'
import { OPS } from '../cluster/recipe.ts'

/** Metrics of the programs that run here; the exporters of the operating system and of PostgreSQL do not. */
const METRICS = /\b(?:haproxy|patroni|etcd)_\w+/g

/** What Patroni logs when its own PostgreSQL refuses it. It cannot tell then whether a standby must be rewound. */
const REFUSED = 'Can not fetch local timeline'

/** Checks what the programs report of themselves. Returns what is wrong. */
export async function checkPrograms({ metricsUrls, directory, machines }: Cluster): Promise<string[]> {
  const needed = new Set((await readFile(join(OPS, 'prometheus/machines.yml'), 'utf8')).match(METRICS))
  const metrics = await Promise.all(metricsUrls.map(async (url) => (await fetch(url)).text()))
  const had = new Set(metrics.join('\n').match(METRICS))
  const wrong = [...needed].filter((name) => !had.has(name)).map((name) => `No program has the metric ${name}.`)
  for (const { name } of machines) {
    const log = await readFile(join(directory, `${name}-patroni.log`), 'utf8')
    if (log.includes(REFUSED)) wrong.push(`Patroni of ${name} logs: ${REFUSED}.`)
  }
  return wrong
}
