import { useComputed } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { query } from '../location.ts';
import { ErrorNote } from '../parts/notes.tsx';
import { Attention } from './attention.tsx';
import { BulkCancel } from './bulk-cancel.tsx';
import { filterOf } from './filter.ts';
import { FilterBar } from './filter-bar.tsx';
import { RunsList } from './runs-list.ts';
import { RunsSummary } from './summary.ts';
import { RunsTable } from './runs-table.tsx';
import { StartRun } from './start-run.tsx';

/** All runs: live, by a filter that stands in the address. */
export function RunsView(): JSX.Element {
  const filter = useComputed(() => filterOf(query.value)).value;
  const key = JSON.stringify(filter);
  const list = useMemo(() => new RunsList(filter), [key]);
  useEffect(() => () => list.close(), [list]);
  const summary = useMemo(() => new RunsSummary(), []);
  useEffect(() => () => summary.close(), [summary]);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => setChosen(new Set()), [key]);
  useEffect(() => {
    document.title = 'Runs · runchart';
  }, []);
  const { counts, attention, hasMore } = summary.summary.value;
  const { error } = list.listed.value;
  return (
    <>
      <div class="row">
        <h1>Runs</h1>
        <span class="spread" />
        <StartRun />
      </div>
      <Attention runs={attention} hasMore={hasMore} />
      <section class="card" aria-label="All runs">
        <FilterBar filter={filter} counts={counts} />
        {error !== undefined && (
          <div class="card-body">
            <ErrorNote
              error={error}
              what="The runs could not be listed"
              onRetry={() => void list.again()}
            />
          </div>
        )}
        <RunsTable list={list} filter={filter} chosen={chosen} onChoose={setChosen} />
      </section>
      <BulkCancel list={list} chosen={chosen} onDone={() => setChosen(new Set())} />
    </>
  );
}
