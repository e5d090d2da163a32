import type { Job } from './job.ts'
import { momentsJob } from './moments/job.ts'

/** Every job; adding one is adding a row. */
export const jobs: readonly Job[] = [momentsJob]
