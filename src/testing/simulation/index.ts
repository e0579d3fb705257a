/**
 * The simulated world: processes, their shared stores and time, in which every history follows from a
 * seed, and a runtime lives that does not know of it.
 * @module
 */
export { generatePlan } from './generate-plan.ts';
export { formatHistory, parsePlan } from './history-file.ts';
export type { Action, Deed, FaultMode, Plan } from './plan.ts';
export { type History, play } from './play.ts';
export type { Op, Program } from './program.ts';
export { shrink, type ShrinkOptions } from './shrink.ts';
export type { Figures, OpenStores } from './world.ts';
