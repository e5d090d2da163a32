export interface TagDefinition {
  readonly meaning: string
  readonly example: string
}

/** Every tag that Plantwatch itself writes or reads. A device may send others: they are stored. */
export const tags = {
  site: { meaning: 'the plant or building', example: 'hillside' },
  line: { meaning: 'the production line', example: 'line-1' },
  machine: { meaning: 'the machine', example: 'press-1' },
  sensor: { meaning: 'the sensor or signal on its machine, or the room’s sensor', example: 'spindle' },
  room: { meaning: 'the meeting room', example: 'room-oak' },
  device: { meaning: 'the device of a fleet', example: '104' },
  product: { meaning: 'what the machine was making (context; absent where unknown)', example: 'bracket-40' },
  lot: { meaning: 'the lot it was making (context; absent where unknown)', example: 'L2611-014' },
  operator: { meaning: 'who ran the machine (context; absent where unknown)', example: 'op-07' },
  order: { meaning: 'the production order (context; absent where unknown)', example: 'A-10432' },
  job: { meaning: 'the analytics job that wrote the point', example: 'moments' },
  window: { meaning: 'the length of time that a derived point speaks for', example: '1h' },
  input: { meaning: 'what the job read: raw, or clean (communication errors removed)', example: 'raw' },
  model: { meaning: 'the model behind a detection or forecast', example: 'var8' },
  source: { meaning: 'the measurement that a derived point was worked out from', example: 'temperature' },
  field: { meaning: 'the field that a derived point was worked out from', example: 'value' },
  feature: { meaning: 'the feature that fired', example: 'level_shift' },
  cluster: { meaning: 'the cluster of similar energy events', example: '2' },
  part: { meaning: 'the part of Plantwatch', example: 'ingestor' },
  reason: { meaning: 'why something was dropped, refused or late', example: 'parse' },
  sender: { meaning: 'what the token is called that a sender writes by', example: 'press 1' },
  token: { meaning: 'the id of that token, never the token itself', example: '9f86d081884c7d65' },
  run: { meaning: 'which demo plant a point belongs to: seed, plant model and version', example: '1f3a9c02' },
} as const satisfies Record<string, TagDefinition>

export type TagName = keyof typeof tags

/** Where a reading comes from. Context tags are left out on purpose: they change with each lot. */
export const machineTags = ['site', 'line', 'machine', 'sensor'] as const satisfies readonly TagName[]

/** What ran on the machine at the point’s own time. */
export const contextTags = ['product', 'lot', 'operator', 'order'] as const satisfies readonly TagName[]

export type ContextTag = (typeof contextTags)[number]
