import type { ComponentType } from 'preact';
import { countUntil } from './log-model.ts';
import type { Player } from './player.ts';
import type { RunStore } from './run-store.ts';
import { CheckpointsPanel } from './checkpoints-panel.tsx';
import { ExplainPanel } from './explain-panel.tsx';
import { FamilyPanel } from './family-panel.tsx';
import { OutputsPanel } from './outputs-panel.tsx';
import { QuestionsPanel } from './questions-panel.tsx';
import { StepsPanel } from './steps-panel.tsx';
import { TimelinePanel } from './timeline-panel.tsx';

export interface PanelProps {
  readonly store: RunStore;
  readonly player: Player;
}

export interface Panel {
  /** As it stands in the address. */
  readonly id: string;
  readonly title: string;
  readonly count?: (store: RunStore) => number;
  readonly Content: ComponentType<PanelProps>;
}

/** What stands beside the chart, in the order of the tabs. */
export const PANELS: readonly Panel[] = [
  {
    id: 'timeline',
    title: 'Timeline',
    count: ({ moment }) => moment.value.seq,
    Content: TimelinePanel,
  },
  { id: 'steps', title: 'Steps', count: upTo('steps'), Content: StepsPanel },
  { id: 'outputs', title: 'Outputs', count: upTo('outputs'), Content: OutputsPanel },
  {
    id: 'checkpoints',
    title: 'Checkpoints',
    count: upTo('checkpoints'),
    Content: CheckpointsPanel,
  },
  { id: 'questions', title: 'Questions', count: upTo('interrupts'), Content: QuestionsPanel },
  { id: 'family', title: 'Family', Content: FamilyPanel },
  { id: 'explain', title: 'Explain', Content: ExplainPanel },
];

function upTo(
  part: 'steps' | 'outputs' | 'checkpoints' | 'interrupts',
): (store: RunStore) => number {
  return ({ model, moment }) => countUntil(model.parts[part], moment.value.seq);
}

export function panelOf(id: string | null): Panel {
  return PANELS.find((panel) => panel.id === id) ?? (PANELS[0] as Panel);
}
