import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { OutputRecord } from '../../../../stores/index.ts';
import { bytes, dateTime } from '../../format.ts';
import { show } from '../../location.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Empty, ErrorNote, Waiting } from '../../parts/notes.tsx';
import type { RunStore } from '../run-store.ts';
import { contentOf, mimeOf, sizeOf, titleOf } from './content-kind.ts';
import { OutputPreview } from './output-preview.tsx';
import { download } from './output-bytes.ts';
import type { Outputs } from './use-outputs.ts';

interface DetailsProps {
  readonly id: string;
  readonly store: RunStore;
  readonly outputs: Outputs;
  readonly onClose: () => void;
  readonly onGoTo: (seq: number) => void;
}

/** One output: what is in it, and where it comes from. */
export function OutputDetails(props: DetailsProps): JSX.Element {
  const { id, store, outputs, onClose, onGoTo } = props;
  const mention = store.model.parts.outputs.find(({ event }) => event['outputId'] === id);
  const record = outputs.byId.get(id);
  const isLater = mention !== undefined && mention.seq > store.moment.value.seq;
  return (
    <section class="output-details" aria-label="The output that is chosen">
      <div class="output-head">
        <h3 class="cut">{record === undefined ? id : titleOf(record)}</h3>
        <span class="spread" />
        {mention !== undefined && !isLater && (
          <button type="button" class="button" onClick={() => onGoTo(mention.seq)}>
            Go to event {mention.seq}
          </button>
        )}
        {record !== undefined && !isLater && <Download record={record} />}
        <button
          type="button"
          class="button button-quiet button-icon"
          aria-label="Close the output"
          onClick={onClose}
        >
          ✕
        </button>
      </div>
      {isLater ? (
        <Empty title="It was not given out yet">
          <button type="button" class="button" onClick={() => onGoTo(mention.seq)}>
            Go to event {mention.seq}
          </button>
        </Empty>
      ) : record !== undefined ? (
        <>
          <OutputPreview record={record} />
          <Facts record={record} byId={outputs.byId} />
        </>
      ) : outputs.isReading ? (
        <Waiting />
      ) : (
        <Empty title="There is no such output in this run" />
      )}
    </section>
  );
}

function Download({ record }: { readonly record: OutputRecord }): JSX.Element | null {
  const [sum, setSum] = useState<number>();
  const [error, setError] = useState<unknown>();
  const content = contentOf(record);
  if (content === undefined) return null;
  const size = sizeOf(content);
  const save = async (): Promise<void> => {
    setSum(0);
    setError(undefined);
    try {
      await download(record, setSum);
    } catch (failure) {
      setError(failure);
    }
    setSum(undefined);
  };
  return (
    <>
      <button type="button" class="button" disabled={sum !== undefined} onClick={() => void save()}>
        {sum === undefined ? 'Download' : `${Math.floor((sum / Math.max(1, size)) * 100)} %`}
      </button>
      {error !== undefined && <ErrorNote error={error} what="It could not be downloaded" />}
    </>
  );
}

function Facts({
  record,
  byId,
}: {
  readonly record: OutputRecord;
  readonly byId: ReadonlyMap<string, OutputRecord>;
}): JSX.Element {
  const content = contentOf(record);
  return (
    <dl class="output-about">
      <dt>Given out</dt>
      <dd>
        {dateTime(record.createdAtMs)} by {record.producer}, attempt {record.attempt}
        {record.taskId !== record.runId && ` for ${record.taskId}`}
      </dd>
      {content !== undefined && (
        <>
          <dt>Content</dt>
          <dd>
            {bytes(sizeOf(content))} · <span class="mono">{mimeOf(content)}</span>
          </dd>
        </>
      )}
      {content?.kind === 'file' && (
        <>
          <dt>File</dt>
          <dd>{content.path}</dd>
          <dt>SHA-256</dt>
          <dd class="mono">
            {content.sha256} <CopyButton text={content.sha256} what="the digest" />
          </dd>
        </>
      )}
      <dt>Id</dt>
      <dd class="mono">
        {record.id} <CopyButton text={record.id} what="the id of the output" />
      </dd>
      {record.parentRefs.length > 0 && (
        <>
          <dt>Made from</dt>
          <dd>
            <Parents ids={record.parentRefs} byId={byId} />
          </dd>
        </>
      )}
    </dl>
  );
}

function Parents({
  ids,
  byId,
}: {
  readonly ids: readonly string[];
  readonly byId: ReadonlyMap<string, OutputRecord>;
}): JSX.Element {
  return (
    <span class="row">
      {ids.map((id) => {
        const parent = byId.get(id);
        return parent === undefined ? (
          <button key={id} type="button" class="copy" onClick={() => show({ as: 'lineage' })}>
            one of another run
          </button>
        ) : (
          <button key={id} type="button" class="copy" onClick={() => show({ output: id })}>
            {titleOf(parent)}
          </button>
        );
      })}
    </span>
  );
}
