import { join } from 'node:path'
import { type Store, type StoreOptions, startStore } from '../../store/service.ts'
import { makeTemporaryFolder, removeFolder } from './temporary-folder.ts'

/** A real embedded store on a free port, with its data in a temporary folder that goes with it. */
export async function startTestStore(options: Partial<StoreOptions> = {}): Promise<Store> {
  const folder = await makeTemporaryFolder()
  try {
    const store = await startStore({ host: '127.0.0.1', port: 0, dataDir: join(folder, 'store'), ...options })
    return {
      ...store,
      async close() {
        await store.close()
        await removeFolder(folder)
      },
    }
  } catch (error) {
    await removeFolder(folder)
    throw error
  }
}
