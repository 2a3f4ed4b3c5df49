import { afterAll, beforeAll } from 'vitest'

/**
 * Opens a resource before the first test of the file that calls it, and closes it after the last test.
 *
 * @returns the resource; reading a member outside of hooks and tests throws
 */
export function useResource<Resource extends object>(
  open: () => Promise<Resource>,
  close: (resource: Resource) => Promise<unknown>,
): Resource {
  let opened: Resource | undefined
  beforeAll(async () => {
    opened = await open()
  })
  afterAll(() => opened && close(opened))
  return new Proxy({} as Resource, {
    get(_, name) {
      if (!opened) throw new Error('A resource of a test file can be read from beforeAll on only.')
      return Reflect.get(opened, name)
    },
  })
}
