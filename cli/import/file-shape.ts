import { z } from 'zod'
import { timeReader } from './read-time.ts'
import { encodings } from './texts-of.ts'

/** What the mappings of every CSV file say alike: how its text is written, and its times. */

/** How its characters are written: exports from Windows are often windows-1252 (latin1 means the same here), or utf-16le. */
export const encoding = z.enum(encodings).default('utf-8')

export const delimiter = z.string().length(1).default(',')

/** `iso`, `unix s`, `unix ms`, `unix us`, `unix ns`, or a pattern of yyyy MM dd HH mm ss and a fraction f. */
export const timeFormat = z
  .string()
  .default('iso')
  .superRefine((format, { addIssue }) => {
    try {
      timeReader(format, 'UTC')
    } catch (error) {
      addIssue((error as Error).message)
    }
  })

/** Zone of times that name none. */
export const timeZone = z
  .string()
  .refine((name) => {
    try {
      new Intl.DateTimeFormat('en', { timeZone: name })
      return true
    } catch {
      return false
    }
  }, 'is no time zone like Europe/Berlin')
  .default('UTC')

/** What a time of a file should look like, for whoever wrote another one. */
export const expectedTime = ({ format, zone }: { readonly format: string; readonly zone: string }): string =>
  `${format === 'iso' ? '2019-01-31 13:45:00.000000000' : format}, ${zone} where no zone is named`
