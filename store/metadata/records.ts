/** What the store keeps beside points. Times are RFC 3339, ids 16 hexadecimal digits. */
export interface Organization {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly createdAt: string
  readonly updatedAt: string
}

export interface Bucket {
  readonly id: string
  readonly orgId: string
  readonly type: 'user' | 'system'
  readonly name: string
  readonly description: string
  /** The retention policy's name as clients of 1.x send it; '' = none. */
  readonly rp: string
  /** 0 = for ever */
  readonly retentionSeconds: number
  /** Kept and told as InfluxDB does; storage here has no shards. */
  readonly shardSeconds: number
  readonly createdAt: string
  readonly updatedAt: string
}

export interface User {
  readonly id: string
  readonly name: string
  readonly status: 'active' | 'inactive'
}

export type Action = 'read' | 'write'

/** What may be done to resources of a type: all of them, those of one organization, or a single one. */
export interface Permission {
  readonly action: Action
  readonly resource: { readonly type: string; readonly id?: string; readonly orgID?: string }
}

export interface Authorization {
  readonly id: string
  /** SHA-256 of the token in hexadecimal digits; the token itself is nowhere. */
  readonly tokenHash: string
  readonly status: 'active' | 'inactive'
  readonly description: string
  readonly orgId: string
  readonly userId: string
  readonly permissions: readonly Permission[]
  readonly createdAt: string
  readonly updatedAt: string
}

/** What 1.x calls a database and a retention policy, and the bucket that stands for them. */
export interface Dbrp {
  readonly id: string
  readonly orgId: string
  readonly bucketId: string
  readonly database: string
  readonly policy: string
  /** The one that is taken where a request names no policy. */
  readonly isDefault: boolean
}

export interface Records {
  readonly organization: Organization
  readonly bucket: Bucket
  readonly user: User
  readonly authorization: Authorization
  readonly dbrp: Dbrp
}
export type Kind = keyof Records
