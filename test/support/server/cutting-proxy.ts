import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a server that is no good: it cuts connections at any byte, and holds bytes back. */
export interface CuttingProxy extends AsyncDisposable {
  readonly url: string;
  readonly cuts: number;
  /** From now on everything gets through. */
  mend(): void;
}

export async function cuttingProxy(port: number, random: () => number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let cuts = 0;
  let isMended = false;
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    let left = isMended ? Number.POSITIVE_INFINITY : Math.floor(random() * 12_000);
    const end = (): void => {
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', end);
      socket.on('close', () => {
        sockets.delete(socket);
        // What is on its way still gets there.
        setTimeout(end, 20);
      });
    }
    const pass = (from: Socket, to: Socket): void => {
      from.on('data', (chunk: Buffer) => {
        if (isMended) left = Number.POSITIVE_INFINITY;
        const part = chunk.subarray(0, Math.min(chunk.length, left));
        left -= part.length;
        const isCut = part.length < chunk.length;
        from.pause();
        setTimeout(
          () => {
            if (!to.destroyed) to.write(part);
            if (isCut) {
              cuts += 1;
              // Now and then with a FIN, as if that were all; else with a reset.
              if (random() < 0.5) to.end(() => end());
              else near.resetAndDestroy();
            } else from.resume();
          },
          isMended ? 0 : random() * 5,
        );
      });
    };
    pass(near, far);
    pass(far, near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get cuts() {
      return cuts;
    },
    mend: () => {
      isMended = true;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
