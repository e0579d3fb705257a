import type { JSX } from 'preact';
import { Empty } from '../parts/notes.tsx';
import type { PanelProps } from './panels.tsx';

export function QuestionsPanel(_: PanelProps): JSX.Element {
  return <Empty title="Nothing here yet" />;
}
