import { RunchartError } from '../errors.ts';

export interface ConnectionPort<Connection> {
  /** Where the data is, for people. */
  readonly location: string;
  readonly connect: () => Promise<Connection>;
  /** Called when nobody can get at the connection any more. */
  readonly disconnect: (connection: Connection) => Promise<void>;
}

/**
 * The connection of stores that may be opened more than once: the first `open` makes it, and the last `close` ends
 * it. Opening and closing wait for each other: the last close may be followed by an open at once.
 */
export class SharedConnection<Connection> {
  readonly #port: ConnectionPort<Connection>;
  #connection: Connection | undefined;
  #users = 0;
  #turn: Promise<void> = Promise.resolve();

  constructor(port: ConnectionPort<Connection>) {
    this.#port = port;
  }

  /** The connection, as long as the stores are open. Throws STORE_CLOSED. */
  current(): Connection {
    if (this.#connection !== undefined) return this.#connection;
    const { location } = this.#port;
    throw new RunchartError('STORE_CLOSED', `${location} is closed; open the stores first.`);
  }

  open(): Promise<void> {
    return this.#inTurn(async () => {
      this.#connection ??= await this.#port.connect();
      this.#users += 1;
    });
  }

  close(): Promise<void> {
    return this.#inTurn(async () => {
      this.#users = Math.max(0, this.#users - 1);
      const connection = this.#connection;
      if (this.#users > 0 || connection === undefined) return;
      this.#connection = undefined;
      await this.#port.disconnect(connection);
    });
  }

  #inTurn(action: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(action);
    this.#turn = done.catch(() => {});
    return done;
  }
}
