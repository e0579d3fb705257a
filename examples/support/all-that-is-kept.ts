import type { Json, Run, Runtime } from 'runchart';

/** Everything that the stores have of a run, as data. */
async function keptOf(run: Run) {
  const outputs = await run.outputs.list();
  const checkpoints = [];
  for (const { superStep } of await run.checkpoints.list()) {
    checkpoints.push(await run.checkpoints.load(superStep));
  }
  const files = [];
  for (const { id, event } of outputs) {
    if (event.type !== 'artifact' || event.content.kind !== 'file') continue;
    const chunks = [];
    for await (const chunk of await run.outputs.read(id)) chunks.push(chunk);
    files.push(Buffer.concat(chunks).toString());
  }
  const events = [];
  for await (const envelope of run.events({ live: false })) events.push(envelope);
  return {
    snapshot: await run.snapshot(),
    events,
    outputs,
    files,
    checkpoints,
    interrupts: await run.interrupts.list(),
  };
}

/** Everything that the stores have of all runs, those that were created first at the front. */
export async function allThatIsKept(runtime: Runtime): Promise<Json> {
  const { runs } = await runtime.list({ order: 'oldest', limit: 1000 });
  const kept = [];
  for (const { snapshot } of runs) kept.push(await keptOf(await runtime.get(snapshot.runId)));
  return JSON.parse(JSON.stringify({ counts: await runtime.counts(), runs: kept })) as Json;
}
