// A process of its own for the tests of contents: `node blob-child.ts <command> <directory> [argument]`.
// It prints one line of JSON per fact.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { filesystemBlobs } from '../../src/stores/filesystem/index.ts';

const [, , command = '', directory = '', argument = ''] = process.argv;
const blobs = filesystemBlobs(directory);

/** One write per line: whoever reads it may take a line that is whole for one that was said. */
function say(fact: unknown): void {
  process.stdout.write(`${JSON.stringify(fact)}\n`);
}

async function* content(seed: string, bytes: number): AsyncGenerator<Uint8Array> {
  const piece = Buffer.from(`${seed} `.repeat(1 + Math.ceil(10_000 / seed.length)));
  for (let left = bytes; left > 0; left -= piece.length) yield piece.subarray(0, left);
}

const commands: Readonly<Record<string, () => Promise<void>>> = {
  /** Puts contents of up to 1 MiB until it is killed, four at a time, some of them twice; says the digests. */
  put: async () => {
    const one = async (lane: number): Promise<void> => {
      for (let i = 0; ; i += 1) {
        const seed = `${argument} ${lane} ${Math.floor(i / 2)}`;
        const { sha256 } = await blobs.put(content(seed, 1 + ((i * 77_773) % 1_000_000)));
        say({ sha256 });
      }
    };
    await Promise.all([0, 1, 2, 3].map(one));
  },
  /** Collects what is not marked as used in a folder, again and again. */
  collect: async () => {
    const isUsed = async (sha256s: readonly string[]) =>
      new Set(sha256s.filter((sha256) => existsSync(join(argument, sha256))));
    say('begun');
    for (;;) await blobs.collect(isUsed, { olderThanMs: 2_000 });
  },
  /** Puts one content of a number of bytes; says the digest, or the code of the error. */
  once: async () => {
    try {
      say(await blobs.put(content('once', Number(argument))));
    } catch (error) {
      say({ code: (error as { code?: unknown }).code });
    }
  },
};

await commands[command]?.();
