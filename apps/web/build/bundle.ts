import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { build, type Plugin } from 'vite'
import { DIST, WEB } from './paths.ts'

type App = 'shop' | 'console'
type Language = 'en' | 'ko'

/** The shop is compiled with Preact in place of React: see docs/decisions/0014-shop-with-preact.md. */
const PREACT = {
  'react-dom/client': 'preact/compat/client',
  'react-dom': 'preact/compat',
  'react/jsx-runtime': 'preact/jsx-runtime',
  react: 'preact/compat',
}

/** How a compiled message finds its language. */
const LANGUAGE_OF_PAGE = 'experimentalStaticLocale ?? options.locale ?? getLocale()'

/**
 * Bundles each app once for each language, so that a page loads no message of another one: `dist/shop.en.html` and so on, and
 * `dist/assets` with names that change with the content.
 */
export async function bundle(): Promise<void> {
  for (const app of ['shop', 'console'] as const) {
    for (const language of ['en', 'ko'] as const) await bundleApp(app, language)
  }
}

async function bundleApp(app: App, language: Language): Promise<void> {
  await build({
    configFile: false,
    root: WEB,
    logLevel: 'warn',
    resolve: { alias: app === 'shop' ? PREACT : {} },
    oxc: { jsx: { runtime: 'automatic', importSource: app === 'shop' ? 'preact' : 'react' } },
    plugins: [messagesOf(language)],
    build: {
      outDir: DIST,
      emptyOutDir: false,
      target: 'es2024',
      // The policy of the pages forbids data URLs and inline scripts.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      rolldownOptions: {
        // Libraries mark their modules for servers that render React; there is none here.
        onLog: (level, log, report) => log.code !== 'MODULE_LEVEL_DIRECTIVE' && report(level, log),
        input: join(WEB, `${app}.html`),
        output: {
          entryFileNames: `assets/${app}.${language}-[hash].js`,
          chunkFileNames: `assets/${app}.${language}-[name]-[hash].js`,
          assetFileNames: `assets/${app}-[name]-[hash][extname]`,
        },
      },
    },
  })
  await rename(join(DIST, `${app}.html`), join(DIST, `${app}.${language}.html`))
}

/** Fixes the language of every message, so that the bundler leaves the other ones out. */
function messagesOf(language: Language): Plugin {
  return {
    name: 'messages-of-one-language',
    transform: (code) =>
      code.includes(LANGUAGE_OF_PAGE) ? code.replaceAll(LANGUAGE_OF_PAGE, JSON.stringify(language)) : null,
  }
}
