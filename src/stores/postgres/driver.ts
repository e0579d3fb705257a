/**
 * What is needed of `pg`, by its shape: a pool of the caller's may be any that has it. The types of `pg`
 * are not part of ours, so that users need not have them.
 */
export interface PgPool {
  connect(): Promise<PgClient>;
  end(): Promise<void>;
  /** Connections that wait for work are lost now and then, which is no fault of anybody. */
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** A connection that was taken out of a pool. */
export interface PgClient {
  query(query: PgQuery): Promise<PgResult>;
  /** Gives the connection back; with `true` it is closed instead. */
  release(destroy?: boolean): void;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
  on(event: 'notification', listener: (message: PgNotification) => void): unknown;
}

export interface PgQuery {
  readonly text: string;
  /** A statement that is prepared under this name, once per connection. */
  readonly name?: string;
  readonly values?: unknown[];
  readonly types?: PgTypes;
}

export interface PgTypes {
  getTypeParser(oid: number, format?: string): (value: string) => unknown;
}

export interface PgResult {
  readonly rows: unknown[];
}

export interface PgNotification {
  readonly channel: string;
  readonly payload?: string | undefined;
}

/** A connection as the server knows it. A process id may be used again; with its start it is unique. */
export interface Backend {
  readonly pid: number;
  /** Microseconds since 1970, as a text of digits. */
  readonly startedAt: string;
}
