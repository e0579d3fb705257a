import { connect, createServer, type Socket } from 'node:net';

/** Stands between clients and a server, and cuts their connections in the middle of whatever they say. */
export interface CuttingProxy extends AsyncDisposable {
  readonly url: string;
  /** Cuts all connections once this many more bytes went through, in either direction. */
  cutAfter(bytes: number): void;
  /** How often it has cut. */
  readonly cuts: () => number;
  close(): Promise<void>;
}

export async function startCuttingProxy(port: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let left = Infinity;
  let cuts = 0;
  const cut = (): void => {
    left = Infinity;
    cuts += 1;
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  const pass = (from: Socket, to: Socket): void => {
    from.on('data', (data) => {
      if (data.length < left) {
        left -= data.length;
        to.write(data);
        return;
      }
      // The first bytes still arrive, and nothing behind them.
      const last = data.subarray(0, left);
      left = Infinity;
      from.pause();
      to.write(last, () => setTimeout(cut, 5));
    });
    from.on('close', () => to.destroy());
    from.on('error', () => to.destroy());
  };
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    }
    pass(client, upstream);
    pass(upstream, client);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const own = typeof address === 'object' && address !== null ? address.port : 0;
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => void server.close(resolve));
  };
  return {
    url: `nats://127.0.0.1:${own}`,
    cutAfter: (bytes) => void (left = bytes),
    cuts: () => cuts,
    close,
    [Symbol.asyncDispose]: close,
  };
}
