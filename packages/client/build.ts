import { copyFile, readFile, rm, writeFile } from 'node:fs/promises'
import { rolldown } from 'rolldown'
import { dts } from 'rolldown-plugin-dts'

// Makes `dist`: the package as it is published, with a manifest of its own. Within the workspace nothing is built, and
// `@jumun/client` is `src/index.ts`.

const DEPENDENCIES = ['@trpc/client', '@trpc/server']

process.chdir(import.meta.dirname)
await rm('dist', { recursive: true, force: true })
await bundle()
await writeFile('dist/package.json', `${JSON.stringify(await publishedManifest(), null, 2)}\n`)
await copyFile('README.md', 'dist/README.md')
await copyFile('../../LICENSE', 'dist/LICENSE')

async function bundle(): Promise<void> {
  await using build = await rolldown({
    input: ['src/index.ts', 'src/trpc.ts'],
    external: /^@(trpc|jumun)\//,
    plugins: [dts({ tsconfig: 'tsconfig.build.json', generator: 'oxc' }), { name: 'compact', renderChunk }],
  })
  await build.write({ dir: 'dist', format: 'es', comments: false })
}

/** Declarations are what every editor reads: examples take the room that wide indentation and empty lines of comments would. */
function renderChunk(code: string, { fileName }: { fileName: string }): string | undefined {
  if (!fileName.endsWith('.d.ts')) return undefined
  return code
    .replace(/\/\*\*\n *\* /g, '/** ')
    .replace(/\n *\*\/$/gm, ' */')
    .replace(/^(?: {2})+/gm, (indentation) => '\t'.repeat(indentation.length / 2))
}

async function publishedManifest() {
  const { name, version, description, license, type } = await readJson('package.json')
  const dependencies = await Promise.all(
    DEPENDENCIES.map(async (name) => {
      const { version } = await readJson(`node_modules/${name}/package.json`)
      return [name, version]
    }),
  )
  return {
    ...{ name, version, description, license, type },
    sideEffects: false,
    engines: { node: '>=20.3' },
    main: './index.js',
    types: './index.d.ts',
    exports: {
      '.': { types: './index.d.ts', default: './index.js' },
      './trpc': { types: './trpc.d.ts', default: './trpc.js' },
      './package.json': './package.json',
    },
    dependencies: Object.fromEntries(dependencies),
  }
}

async function readJson(path: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(path, 'utf8'))
}
