import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a server on which one side can be cut off while the other one notices nothing. */
export interface QuietProxy extends AsyncDisposable {
  /** The url of the server, by this way. */
  readonly url: string;
  /** Clients lose all their connections; the server still has them. */
  cutClients(): void;
  /** From now on, or no longer, nothing gets through, as if the server were frozen. */
  hold(isHeld: boolean): void;
}

export async function quietProxy(serverUrl: string): Promise<QuietProxy> {
  const { hostname, port } = new URL(serverUrl);
  const near = new Set<Socket>();
  const far = new Set<Socket>();
  let isHeld = false;
  const server = createServer((client) => {
    const backend = connect(Number(port), hostname);
    near.add(client);
    far.add(backend);
    for (const socket of [client, backend]) {
      socket.on('error', () => {});
      socket.on('close', () => {
        near.delete(socket);
        far.delete(socket);
      });
      if (isHeld) socket.pause();
    }
    client.on('data', (chunk: Buffer) => void backend.write(chunk));
    backend.on('data', (chunk: Buffer) => void (client.destroyed || client.write(chunk)));
    backend.on('close', () => client.destroy());
    // Not the other way round: that is what a cut is.
    client.on('end', () => backend.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(serverUrl);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    cutClients: () => {
      for (const socket of near) socket.destroy();
    },
    hold: (held) => {
      isHeld = held;
      for (const socket of [...near, ...far]) {
        if (held) socket.pause();
        else socket.resume();
      }
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of [...near, ...far]) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
