import { isRunchartError } from '../errors.ts';
import { isTerminal, type RunSnapshot } from '../machines/index.ts';
import { contentOf, type OutputContent, type OutputRecord, type Stores } from '../stores/index.ts';
import type { Findings } from './findings.ts';
import { readable } from './readable.ts';
import type { Gone } from './gone.ts';
import type { Told, ToldOutput } from './told.ts';

type OutputStores = Pick<Stores, 'outputs' | 'blobs'>;

const PAGE_OUTPUTS = 500;

/** Every output that the log tells of is there, of this run, and what the event says that it is. */
export async function checkToldOutput(
  { outputs }: OutputStores,
  runId: string,
  told: ToldOutput,
  lastAttempt: number,
  findings: Findings,
): Promise<void> {
  const { seq, outputId, kind, producer, name } = told;
  const found = await readable(() => outputs.get(outputId), 'OUTPUT_NOT_FOUND');
  if (!found.ok) {
    findings.problem(`seq ${seq} tells of output ${outputId}, ${found.why}`);
    return;
  }
  const { event } = found.value;
  const says = (what: string, log: unknown, is: unknown): void => {
    if (log !== is) {
      findings.problem(
        `seq ${seq} says that the ${what} of output ${outputId} is ${String(log)}, and it is ${String(is)}`,
      );
    }
  };
  says('run', runId, found.value.runId);
  says('kind', kind, event.type);
  says('producer', producer, found.value.producer);
  if (event.type === 'artifact') says('name', name, event.name);
  if (found.value.attempt > Math.max(1, lastAttempt)) {
    findings.problem(
      `output ${outputId} is of attempt ${found.value.attempt}, and at seq ${seq} there were ${lastAttempt}`,
    );
  }
}

export interface OutputsOfRun {
  readonly snapshot: RunSnapshot;
  readonly lastAttempt: number;
  readonly told: Told;
  /** The head of the log is gone, and what it told of. */
  readonly isCut: boolean;
  readonly gone: Gone;
  /** Reads contents, instead of only asking for their size. */
  readonly blobs: boolean;
}

/** Every record has its event, parents that exist, and the content that it refers to. */
export async function checkOutputs(
  stores: OutputStores,
  run: OutputsOfRun,
  findings: Findings,
): Promise<void> {
  const { runId } = run.snapshot;
  for (let afterId: string | undefined, hasMore = true; hasMore;) {
    const query = { runId, limit: PAGE_OUTPUTS, ...(afterId !== undefined && { afterId }) };
    const page = await readable(() => stores.outputs.list(query));
    if (!page.ok) {
      findings.problem(`its outputs cannot be read: ${page.why}`);
      return;
    }
    for (const record of page.value) {
      checkStanding(record, run, findings);
      await checkParents(stores, record, run, findings);
    }
    await checkContents(stores, page.value, run, findings);
    afterId = page.value.at(-1)?.id;
    hasMore = page.value.length === PAGE_OUTPUTS;
  }
}

function checkStanding(
  { id, attempt, createdAtMs }: OutputRecord,
  { snapshot, lastAttempt, told, isCut }: OutputsOfRun,
  findings: Findings,
): void {
  const last = Math.max(1, lastAttempt);
  if (attempt < 1 || attempt > last) {
    findings.problem(`output ${id} is of attempt ${attempt}, and there were ${lastAttempt}`);
  }
  if (told.outputs.has(id) || isCut) return;
  // A record comes before its event. Its giver may have died, been taken over or ended in between, also of
  // a run that is completed: somebody else may have completed it.
  const isOlder = createdAtMs < snapshot.createdAtMs;
  if (isOlder) findings.problem(`no event tells of output ${id}, which is older than the run`);
  else findings.note(`no event tells of output ${id}: its giver did not come to that`);
}

async function checkParents(
  { outputs }: OutputStores,
  { id, parentRefs }: OutputRecord,
  { told, gone }: OutputsOfRun,
  findings: Findings,
): Promise<void> {
  for (const parent of parentRefs) {
    // Of those that the log tells of it is known.
    if (told.outputs.has(parent)) continue;
    const found = await readable(() => outputs.get(parent), 'OUTPUT_NOT_FOUND');
    if (found.ok) continue;
    const what = `output ${id} was made from output ${parent}, ${found.why}`;
    const { pruned, lost } = await gone();
    if (pruned > 0 && lost === 0) findings.note(`${what}: it was pruned with its run`);
    else findings.problem(what);
  }
}

async function checkContents(
  { outputs, blobs }: OutputStores,
  records: readonly OutputRecord[],
  run: OutputsOfRun,
  findings: Findings,
): Promise<void> {
  const files = records.flatMap(({ id, event }) => {
    const content = contentOf(event);
    return content?.kind === 'file' ? [{ id, content }] : [];
  });
  if (files.length === 0) return;
  const used = await outputs.usedBlobs([...new Set(files.map(({ content }) => content.sha256))]);
  for (const { id, content } of files) {
    const { sha256 } = content;
    if (!used.has(sha256)) {
      findings.problem(`the store does not know that output ${id} uses the content ${sha256}`);
    }
    const flaw = await flawOf(blobs, content, run.blobs);
    if (flaw !== undefined) {
      const advice = isTerminal(run.snapshot.status)
        ? 'restore the contents from a copy'
        : 'restore the contents from a copy before the run goes on';
      findings.problem(`the content ${sha256} of output ${id} ${flaw}`, advice);
    }
  }
}

async function flawOf(
  blobs: Stores['blobs'],
  { sha256, size }: Extract<OutputContent, { kind: 'file' }>,
  isRead: boolean,
): Promise<string | undefined> {
  let bytes = await blobs.size(sha256);
  if (bytes === undefined) return 'is not there';
  if (isRead) {
    bytes = 0;
    try {
      for await (const chunk of await blobs.read(sha256)) bytes += chunk.byteLength;
    } catch (error) {
      if (!isRunchartError(error, 'BLOB_CORRUPT')) throw error;
      return 'is damaged: its bytes have another sha256';
    }
  }
  return bytes === size ? undefined : `has ${bytes} bytes, and should have ${size}`;
}
