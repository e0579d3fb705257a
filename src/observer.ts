import type { RuntimeSignal } from './actors/index.ts';

/** Hears what a runtime does. */
export type Observer = (signal: RuntimeSignal) => void;
