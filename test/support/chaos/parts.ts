import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Violation } from './judge.ts';
import type { PartSettings } from './part.ts';
import type { Disturbance } from './verdict.ts';

export type PartKind = 'worker' | 'orchestrator' | 'outsider' | 'subscriber' | 'load' | 'judge';

/** A process of the chaos, as the one that started it sees it. */
export interface PartProcess {
  readonly name: string;
  readonly kind: PartKind;
  /** Resolves when it has begun; rejects when it ended before. */
  readonly begun: Promise<void>;
  readonly hasBegun: boolean;
  readonly gone: Promise<void>;
  readonly isGone: boolean;
  kill(): void;
  /** Freezes it until it is let go on. */
  freeze(): void;
  goOn(): void;
  /** Asks it to come to its end. */
  ask(): void;
  /** How it ended although nobody had asked it to; undefined: it did not. */
  readonly fall: string | undefined;
}

/** Starts processes, and knows what was done to them. */
export class Parts implements Disposable {
  readonly #all: PartProcess[] = [];
  readonly #disturbances: Disturbance[] = [];
  readonly #settings: Omit<PartSettings, 'name' | 'seed'>;
  readonly #random: () => number;
  readonly #counts = new Map<PartKind, number>();

  constructor(settings: Omit<PartSettings, 'name' | 'seed'>, random: () => number) {
    this.#settings = settings;
    this.#random = random;
  }

  get disturbances(): readonly Disturbance[] {
    return this.#disturbances;
  }

  alive(kind: PartKind): readonly PartProcess[] {
    return this.#all.filter((part) => part.kind === kind && !part.isGone);
  }

  /** Those that ended by themselves, or not as they should: a process MUST outlive what its engine does. */
  falls(): readonly Violation[] {
    return this.#all.flatMap(({ name, fall }) =>
      fall === undefined ? [] : [{ rule: 'processes live', runId: '-', reason: `${name} ${fall}` }],
    );
  }

  start(
    kind: PartKind,
    more: Partial<PartSettings> = {},
    args: readonly string[] = [],
  ): PartProcess {
    const number = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, number);
    const name = `${kind}-${number}`;
    const seed = 1 + Math.floor(this.#random() * 1e9);
    const settings: PartSettings = { ...this.#settings, ...more, name, seed };
    const file = fileURLToPath(new URL(`${kind}-child.ts`, import.meta.url));
    const stderr = openSync(join(settings.folder, `${name}.stderr`), 'a');
    const child = spawn(process.execPath, [file, JSON.stringify(settings), ...args], {
      stdio: ['ignore', 'pipe', stderr],
    });
    closeSync(stderr);
    const part = partOf(name, kind, child, (disturbance) => this.#disturbances.push(disturbance));
    this.#all.push(part);
    return part;
  }

  [Symbol.dispose](): void {
    for (const part of this.#all) if (!part.isGone) part.kill();
  }
}

function partOf(
  name: string,
  kind: PartKind,
  child: ChildProcess,
  note: (disturbance: Disturbance) => void,
): PartProcess {
  const gone = once(child, 'exit').then(() => undefined);
  const isGone = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const begun = Promise.race([
    once(child.stdout as NonNullable<ChildProcess['stdout']>, 'data').then(() => undefined),
    gone.then(() => {
      throw new Error(`${name} ended before it began: see ${name}.stderr`);
    }),
  ]);
  let hasBegun = false;
  begun.then(
    () => (hasBegun = true),
    () => {},
  );
  let [isKilled, isAsked] = [false, false];
  let frozen: { toMs: number | null } | undefined;
  return {
    name,
    kind,
    begun,
    get hasBegun() {
      return hasBegun;
    },
    gone,
    get fall() {
      const how = child.signalCode ?? child.exitCode;
      // Whoever is asked before it has begun to listen ends by that.
      if (how === null || how === 0 || isKilled || (isAsked && how === 'SIGTERM')) return undefined;
      return `ended with ${how}, see ${name}.stderr`;
    },
    get isGone() {
      return isGone();
    },
    kill: () => {
      isKilled = true;
      note({ kind: 'kill', part: name, fromMs: Date.now(), toMs: null });
      child.kill('SIGKILL');
    },
    freeze: () => {
      const stop = { kind: 'stop' as const, part: name, fromMs: Date.now(), toMs: null };
      frozen = stop;
      note(stop);
      child.kill('SIGSTOP');
    },
    goOn: () => {
      if (frozen === undefined || isGone()) return;
      frozen.toMs = Date.now();
      frozen = undefined;
      child.kill('SIGCONT');
    },
    ask: () => {
      isAsked = true;
      child.kill('SIGTERM');
    },
  };
}
