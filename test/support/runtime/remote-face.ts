import { createClient } from '../../../src/client/index.ts';
import type { Runtime } from '../../../src/index.ts';
import { listen } from '../../../src/server/index.ts';

/** A runtime as its clients have it: every call goes over a socket. Closing it closes what is behind it. */
export async function remoteFace(runtime: Runtime): Promise<Runtime> {
  const server = await listen(runtime, { token: 'a-token' });
  const client = createClient(server.url, { token: 'a-token', retries: 0 });
  const behind: Partial<Record<string | symbol, unknown>> = {
    // What drains, and closes, is the runtime itself: the client has no say in that.
    drain: () => runtime.drain(),
    close: async (options?: { readonly graceMs?: number }) => {
      await Promise.all([client.close(), runtime.close(options)]);
      await server.close({ graceMs: 0 });
    },
  };
  const close = behind['close'] as () => Promise<void>;
  behind[Symbol.asyncDispose] = () => close();
  return new Proxy(client, {
    get: (target, name) => {
      const value: unknown = behind[name] ?? Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
