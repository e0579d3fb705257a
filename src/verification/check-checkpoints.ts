import type { Checkpointer, RunRecord } from '../stores/index.ts';
import type { Findings } from './findings.ts';
import { readable } from './readable.ts';
import type { Told } from './told.ts';

/** Every checkpoint that the log tells of is there, and the newest version of each can be loaded. */
export async function checkCheckpoints(
  store: Checkpointer,
  { runId, definition }: RunRecord,
  { checkpoints }: Told,
  findings: Findings,
): Promise<void> {
  if (checkpoints.length === 0) return;
  const line = { runId, definition: definition ?? '' };
  const list = await readable(() => store.list(line));
  if (!list.ok) {
    findings.problem(`its checkpoints cannot be read: ${list.why}`);
    return;
  }
  const kept = new Set(list.value.map(({ superStep, version }) => `${superStep} ${version}`));
  const loaded = new Set<number>();
  for (const { seq, superStep, version } of checkpoints) {
    const name = `checkpoint ${superStep}, version ${version}`;
    if (!kept.has(`${superStep} ${version}`)) {
      findings.problem(`seq ${seq} tells of ${name}, which is not there`);
    } else if (!loaded.has(superStep)) {
      loaded.add(superStep);
      const found = await readable(() => store.load({ ...line, superStep }));
      if (!found.ok) findings.problem(`seq ${seq} tells of ${name}, ${found.why}`);
    }
  }
}
