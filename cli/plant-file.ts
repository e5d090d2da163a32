import { readFile } from 'node:fs/promises'
import { UsageError } from '../lib/errors.ts'
import { defaultPlant } from '../lib/plant/default-plant.ts'
import type { Plant } from '../lib/plant/model.ts'
import { readPlant } from '../lib/plant/read-plant.ts'

/** What `--plant` calls the demo plant's model. */
export const demoPlantName = 'demo'

/** The plant model that `--plant` names. @throws UsageError or PlantModelError with everything that is wrong in it */
export async function readPlantFile(path: string): Promise<Plant> {
  if (path === demoPlantName) return defaultPlant()
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(
      error.code === 'ENOENT' ? `there is no plant model ${path}` : `${path} cannot be read: ${error.message}`,
    )
  })
  return readPlant(text, path)
}
