import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import {
  type Chart,
  type ChartDirection,
  type ChartLayout,
  RUN_CHART,
} from '../../../diagram/index.ts';
import { runtime } from '../api.ts';
import { ChartDrawing } from '../parts/chart-drawing.tsx';
import { Waiting } from '../parts/notes.tsx';
import { useAsked } from '../parts/use-asked.ts';
import { machineMarks, runMarks } from './chart-marks.ts';
import type { RunStore } from './run-store.ts';

/** The statechart of the run at the moment that is looked at. */
export function ChartCard({ store }: { readonly store: RunStore }): JSX.Element {
  void store.version.value;
  const { seq } = store.moment.value;
  const { beat, ...marks } = runMarks(store.model, seq);
  return (
    <section class="card run-chart" aria-label="Statechart">
      <ChartDrawing layouts={RUN_CHART} marks={marks} beat={beat} />
    </section>
  );
}

interface DrawnMachine {
  readonly chart: Chart;
  readonly layouts: Readonly<Record<ChartDirection, ChartLayout>>;
}

async function machineOf(name: string): Promise<DrawnMachine> {
  const [right, down] = await Promise.all([
    runtime.chart({ definition: name }, { direction: 'right' }),
    runtime.chart({ definition: name }, { direction: 'down' }),
  ]);
  return { chart: right.chart, layouts: { right: right.layout, down: down.layout } };
}

/** The chart of the machine that does the work of the run, where there is one; above everything else. */
export function MachineCard({ store }: { readonly store: RunStore }): JSX.Element | null {
  void store.version.value;
  return store.model.parts.machine.length === 0 ? null : <AskedMachine store={store} />;
}

function AskedMachine({ store }: { readonly store: RunStore }): JSX.Element {
  const name = store.info.value?.snapshot.definition ?? '';
  const { asked } = useAsked(() => machineOf(name), name);
  const { value, error } = asked.value;
  return (
    <section class="card run-machine" aria-label={`The machine ${name}`}>
      <div class="card-head">
        <h2>{name}</h2>
        <span class="faint">its machine</span>
      </div>
      {value === undefined && error === undefined && <Waiting />}
      {error !== undefined && (
        <p class="card-body soft">
          The chart of this machine is not known here: the server has no definition of this name.
          Give it one with --definitions.
        </p>
      )}
      {value !== undefined && <MachineChart store={store} machine={value} />}
    </section>
  );
}

function MachineChart({
  store,
  machine,
}: {
  readonly store: RunStore;
  readonly machine: DrawnMachine;
}): JSX.Element {
  const known = useMemo(() => new Map<number, readonly string[]>(), [machine]);
  const { seq } = store.moment.value;
  const { beat, ...marks } = machineMarks(machine.chart, store.model, seq, known);
  return <ChartDrawing layouts={machine.layouts} marks={marks} beat={beat} />;
}
