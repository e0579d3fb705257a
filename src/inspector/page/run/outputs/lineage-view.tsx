import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { OutputRecord } from '../../../../stores/index.ts';
import { counted } from '../../format.ts';
import { hrefOf, show } from '../../location.ts';
import { Empty } from '../../parts/notes.tsx';
import type { Mention } from '../run-parts.ts';
import type { RunStore } from '../run-store.ts';
import { titleOf } from './content-kind.ts';
import { familyOf, layLineage, type Lineage, type LineageNode } from './lineage-layers.ts';
import { leftOf, lineOf, NODE, type Plane, planeOf } from './lineage-plane.ts';
import { useForeign } from './use-outputs.ts';

/** Nodes that are drawn at once; of more, those that the chosen one is related to. */
const MOST = 300;
interface LineageProps {
  readonly store: RunStore;
  readonly byId: ReadonlyMap<string, OutputRecord>;
  /** What was given out by the moment. */
  readonly given: readonly Mention[];
  readonly chosenId: string | null;
}

/** Which outputs were made from which, those of other runs too. */
export function LineageView({ store, byId, given, chosenId }: LineageProps): JSX.Element {
  const inputs = inputsOf(store);
  const all = useMemo(() => nodesOf(byId, inputs), [byId, inputs.join(' ')]);
  const centre = all.length <= MOST ? null : chosenId;
  const nodes = useMemo(() => (all.length <= MOST ? all : near(all, centre)), [all, centre]);
  const [lineage, plane] = useMemo(() => {
    const laid = layLineage(nodes);
    return [laid, planeOf(laid)] as const;
  }, [nodes]);
  const foreign = useForeign(nodes.map(({ id }) => id).filter((id) => !byId.has(id)));
  if (nodes.length === 0) {
    return (
      <Empty title="Nothing was made from anything">
        <span>No output of this run names another one that it was made from.</span>
      </Empty>
    );
  }
  const givenIds = new Set(given.map(({ event }) => String(event['outputId'])));
  const isThere = (id: string): boolean => !byId.has(id) || givenIds.has(id);
  const apart = byId.size - all.filter(({ id }) => byId.has(id)).length;
  return (
    <div class="lineage">
      <div class="lineage-scroll" tabIndex={0} role="region" aria-label="Lineage of the outputs">
        <div
          class="lineage-plane"
          style={{ width: `${plane.width}px`, height: `${plane.height}px` }}
        >
          <Edges lineage={lineage} plane={plane} isThere={isThere} chosenId={chosenId} />
          {lineage.nodes.map(({ id, layer }) =>
            isThere(id) ? (
              <Node
                key={id}
                id={id}
                left={leftOf(layer)}
                top={plane.tops.get(id) ?? 0}
                record={byId.get(id) ?? foreign.get(id) ?? undefined}
                isOwn={byId.has(id)}
                isInput={inputs.includes(id)}
                isChosen={id === chosenId}
              />
            ) : null,
          )}
        </div>
      </div>
      <p class="faint lineage-note">
        {nodes.length < all.length &&
          `${counted(nodes.length, 'output')} of ${all.length} are drawn: those around the one that is chosen. `}
        {apart > 0 &&
          `${counted(apart, 'output')} ${apart === 1 ? 'was' : 'were'} made from none, and none from ${apart === 1 ? 'it' : 'them'}.`}
      </p>
    </div>
  );
}

function inputsOf(store: RunStore): readonly string[] {
  const first = store.model.events[0]?.event;
  const inputs = first?.type === 'run.created' ? first['inputs'] : undefined;
  return Array.isArray(inputs) ? inputs.map(String) : [];
}

/** Outputs that something ties to another one, and what they name of other runs. */
function nodesOf(
  byId: ReadonlyMap<string, OutputRecord>,
  inputs: readonly string[],
): readonly LineageNode[] {
  const nodes = new Map<string, LineageNode>();
  const parents = new Set([...byId.values()].flatMap(({ parentRefs }) => parentRefs));
  for (const id of [...inputs, ...parents]) {
    if (!byId.has(id)) nodes.set(id, { id, parents: [] });
  }
  for (const { id, parentRefs } of byId.values()) {
    if (parentRefs.length > 0 || parents.has(id)) nodes.set(id, { id, parents: parentRefs });
  }
  return [...nodes.values()];
}

function near(all: readonly LineageNode[], chosenId: string | null): readonly LineageNode[] {
  const centre = all.find(({ id }) => id === chosenId) ?? all.at(-1);
  return centre === undefined ? [] : familyOf(all, centre.id).slice(0, MOST);
}

interface EdgesProps {
  readonly lineage: Lineage;
  readonly plane: Plane;
  readonly isThere: (id: string) => boolean;
  readonly chosenId: string | null;
}

function Edges({ lineage: { nodes, edges }, plane, isThere, chosenId }: EdgesProps): JSX.Element {
  const placed = new Map(nodes.map((node) => [node.id, node]));
  return (
    <svg class="lineage-edges" width="100%" height="100%" aria-hidden="true">
      {edges.map((edge) => {
        const { from, to } = edge;
        if (!isThere(from) || !isThere(to)) return null;
        return (
          <path
            key={`${from} ${to}`}
            class={from === chosenId || to === chosenId ? 'is-chosen' : ''}
            d={lineOf(edge, placed, plane)}
          />
        );
      })}
    </svg>
  );
}

interface NodeProps {
  readonly id: string;
  readonly left: number;
  readonly top: number;
  readonly record: OutputRecord | undefined;
  readonly isOwn: boolean;
  readonly isInput: boolean;
  readonly isChosen: boolean;
}

function Node({ id, left, top, record, isOwn, isInput, isChosen }: NodeProps): JSX.Element {
  const style = {
    left: `${left}px`,
    top: `${top}px`,
    width: `${NODE.width}px`,
    height: `${NODE.height}px`,
  };
  const title = record === undefined ? id : titleOf(record);
  const where = isOwn
    ? `${record?.event.type}, by ${record?.producer}`
    : `${isInput ? 'input, ' : ''}of ${record?.runId ?? 'another run'}`;
  const text = (
    <>
      <span class="cut">{title}</span>
      <span class="faint cut">{where}</span>
    </>
  );
  const kind = `lineage-node ${record === undefined ? '' : `output-${record.event.type}`}`;
  if (isOwn) {
    return (
      <button
        type="button"
        class={`${kind} ${isChosen ? 'is-chosen' : ''}`}
        style={style}
        title={title}
        aria-pressed={isChosen}
        onClick={() => show({ output: isChosen ? undefined : id })}
      >
        {text}
      </button>
    );
  }
  if (record === undefined) {
    return (
      <span class={`${kind} is-foreign`} style={style} title={id}>
        {text}
      </span>
    );
  }
  const href = hrefOf({ view: 'run', runId: record.runId }, { panel: 'outputs', output: id });
  return (
    <a class={`${kind} is-foreign`} style={style} title={`${title} of ${record.runId}`} href={href}>
      {text}
    </a>
  );
}
