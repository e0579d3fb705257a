import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a server of this machine that can be made bad, and good again. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** How many connections were cut by `spoil`. */
  readonly cuts: number;
  /** Connections from now on go there. */
  leadTo(port: number): void;
  /** Resets every connection. */
  cutAll(): void;
  /** True: nothing gets through any more, and nobody is told. False: what was held back goes on. */
  hold(isHeld: boolean): void;
  /** Every connection from now on is cut after so many bytes; undefined: none is. */
  spoil(bytes: (() => number) | undefined): void;
}

interface Link {
  readonly near: Socket;
  readonly far: Socket;
}

/** Opens a proxy on loopback, on a free port unless one is given. */
export async function tcpProxy(target: number, port = 0): Promise<TcpProxy> {
  const links = new Set<Link>();
  let [to, cuts, isHeld] = [target, 0, false];
  let lifeOf: (() => number) | undefined;
  const end = (link: Link): void => {
    links.delete(link);
    link.near.resetAndDestroy();
    link.far.resetAndDestroy();
  };
  const server = createServer({ noDelay: true }, (near) => {
    const link: Link = { near, far: connect({ port: to, host: '127.0.0.1', noDelay: true }) };
    links.add(link);
    let left = lifeOf?.() ?? Number.POSITIVE_INFINITY;
    const pass = (from: Socket, into: Socket): void => {
      from.on('data', (chunk: Buffer) => {
        const part = chunk.subarray(0, Math.min(chunk.length, left));
        left -= part.length;
        if (!into.destroyed && !into.write(part)) {
          from.pause();
          into.once('drain', () => void (isHeld || from.resume()));
        }
        if (part.length === chunk.length) return;
        cuts += 1;
        // What is before the cut still gets there.
        from.pause();
        setTimeout(() => end(link), 5);
      });
      from.on('error', () => end(link));
      from.on('close', () => end(link));
      if (isHeld) from.pause();
    };
    pass(near, link.far);
    pass(link.far, near);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    get cuts() {
      return cuts;
    },
    leadTo: (port) => {
      to = port;
    },
    cutAll: () => {
      for (const link of links) end(link);
    },
    hold: (held) => {
      isHeld = held;
      for (const { near, far } of links) {
        for (const socket of [near, far]) {
          if (held) socket.pause();
          else socket.resume();
        }
      }
    },
    spoil: (bytes) => {
      lifeOf = bytes;
    },
    [Symbol.asyncDispose]: async () => {
      for (const link of links) end(link);
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}
