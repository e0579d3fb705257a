import { emitKeypressEvents, type Interface } from 'node:readline';
import { ReadStream } from 'node:tty';

/** What people press, each key by its name: `q`, `up`, `return`, `escape`, `ctrl-c`. */
export interface Keys {
  /** Calls back on each key, and takes the keys away from everybody else. Answers a function that gives them back. */
  listen(onKey: (key: string) => void): () => void;
}

/** How long a lone escape waits for what may follow it, in milliseconds: arrows begin with one, too. */
const ESCAPE_MS = 50;

/** The keys of a terminal; undefined where the input is none, as a pipe has no keys. */
export function keysOf(stdin: NodeJS.ReadableStream | undefined): Keys | undefined {
  if (!(stdin instanceof ReadStream)) return undefined;
  return {
    listen: (onKey) => {
      const onPress = (text: string | undefined, key: Pressed): void => onKey(nameOf(text, key));
      // Of an interface only this is read, and without one an escape would wait for half a second.
      emitKeypressEvents(stdin, { escapeCodeTimeout: ESCAPE_MS } as unknown as Interface);
      stdin.on('keypress', onPress);
      stdin.setRawMode(true);
      stdin.resume();
      return () => {
        stdin.off('keypress', onPress);
        // A terminal that was closed has no mode any more.
        if (!stdin.destroyed) stdin.setRawMode(false);
        stdin.pause();
      };
    },
  };
}

interface Pressed {
  readonly name?: string | undefined;
  readonly ctrl?: boolean;
  readonly shift?: boolean;
}

function nameOf(text: string | undefined, { name, ctrl = false, shift = false }: Pressed): string {
  const plain = `${shift ? 'shift-' : ''}${name ?? text ?? ''}`;
  return ctrl ? `ctrl-${plain}` : plain;
}
