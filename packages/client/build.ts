import { copyFile, readFile, rm, writeFile } from 'node:fs/promises'
import { rolldown } from 'rolldown'
import { dts } from 'rolldown-plugin-dts'

// Writes `dist`, the folder to pack and publish. Its own manifest makes npm and pnpm create the same package with and without scripts.
// In the workspace `@jumun/client` is `src/index.ts`, without a build.

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
    plugins: [{ name: 'main-entry', resolveId }, dts({ tsconfig: 'tsconfig.build.json', generator: 'oxc' })],
  })
  await build.write({ dir: 'dist', format: 'es', comments: false })
}

/** `trpc.d.ts` imports the types of the main entry by the name of the package, so that a project has one copy of them. */
function resolveId(source: string, importer: string | undefined) {
  const isOfSecondEntry = importer !== undefined && /src\/trpc(\.d)?\.ts$/.test(importer) && source.startsWith('./')
  return isOfSecondEntry ? { id: '@jumun/client', external: true } : undefined
}

async function publishedManifest() {
  const { name, version, description, license, type, peerDependencies } = JSON.parse(
    await readFile('package.json', 'utf8'),
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
    peerDependencies,
  }
}
