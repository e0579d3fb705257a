import type { JSX } from 'preact';
import type { ChannelValues } from '../../../stores/checkpointer.ts';
import { DiffSummary, DiffTree } from '../parts/diff-tree.tsx';
import { ErrorNote } from '../parts/notes.tsx';
import { useDiff } from '../parts/use-diff.ts';
import { countsOf } from '../parts/value-diff.ts';
import type { ForkChecked } from './use-fork-check.ts';

/** How what the fork would begin with differs from its checkpoint, as the server has told it. */
export function ForkBeginning({
  values,
  check,
}: {
  readonly values: ChannelValues | undefined;
  readonly check: ForkChecked;
}): JSX.Element | null {
  const after = check.state === 'fine' ? check.values : undefined;
  const { node, problem } = useDiff(values, after);
  if (check.state === 'none') return null;
  return (
    <section class="fork-beginning" aria-label="What the fork would begin with" aria-live="polite">
      <div class="row">
        <h3>What it would begin with</h3>
        {node !== undefined && check.state === 'fine' && <DiffSummary counts={countsOf(node)} />}
      </div>
      {check.state === 'checking' && <p class="faint">Asking the server…</p>}
      {check.state === 'refused' && (
        <p class="field-problem">The server would refuse this fork: see the channel above.</p>
      )}
      {check.state === 'unknown' && (
        <p class="faint">
          The definition is not registered at this server. The fork can be made; its edits are
          merged where the definition is.
        </p>
      )}
      {check.state === 'failed' && (
        <ErrorNote error={check.error} what="The edits could not be checked" />
      )}
      {problem !== undefined && <p class="field-problem">{problem}</p>}
      {check.state === 'fine' &&
        node !== undefined &&
        (node.kind === 'same' ? (
          <p class="faint">The same as the checkpoint.</p>
        ) : (
          <DiffTree node={node} />
        ))}
    </section>
  );
}
