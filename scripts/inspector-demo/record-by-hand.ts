import { isRunchartError, type RunEvent, type Runtime } from 'runchart';

/** Runs that a program records itself: one with what was refused, of no effect and late, and one gone silent. */
export async function recordByHand(runtime: Runtime): Promise<void> {
  const run = await runtime.open({
    runId: 'by-hand',
    definition: 'translation',
    prompt: 'Translate the guide, recorded event by event',
    requireVerification: true,
  });
  const events: readonly RunEvent[] = [
    { type: 'run.started' },
    // Nothing was being planned, so this has no effect.
    { type: 'planning.completed', plan: { languages: ['fr'] } },
    { type: 'turn.started', turn: 1 },
    { type: 'text.delta', delta: 'Une exécution ' },
    { type: 'text.delta', delta: 'est un journal ' },
    { type: 'text.delta', delta: 'que rien ne réécrit.' },
    { type: 'turn.completed', turn: 1 },
    { type: 'custom.glossary', run: 'exécution', log: 'journal' },
  ];
  for (const event of events) await run.record(event);
  await run.outputs.bytes('guide', Buffer.from('Une exécution est un journal.\n'), {
    fileName: 'guide.fr.txt',
    mime: 'text/plain',
  });
  // Refused: nobody has proved it yet.
  await run.complete({ languages: 1 }).catch((error: unknown) => {
    if (!isRunchartError(error, 'VERIFICATION_REQUIRED')) throw error;
  });
  await run.record({ type: 'verification.started' });
  await run.record({
    type: 'verification.reported',
    checks: [
      { name: 'every word of the glossary is used', status: 'passed', required: true },
      { name: 'a native speaker has read it', status: 'needs_review', required: false },
    ],
  });
  await run.complete({ languages: 1 });
  await run.record({ type: 'text.delta', delta: 'Too late.' });
  await run.complete({ languages: 2 });

  const silent = await runtime.open({
    runId: 'import-silent',
    sessionId: 'imports',
    definition: 'import',
    prompt: 'Import the old archive, which has said nothing for a while',
  });
  // Taken over once: who drives a run in an attempt is expected to say something.
  const driven = await runtime.claim(silent.id);
  if (driven === undefined) throw new Error('The import is over.');
  await driven.record({ type: 'run.started' });
  await driven.record({ type: 'step.started', stepId: 'read archive', name: 'read archive' });
}
