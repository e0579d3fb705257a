import type { JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { hrefOf, query, show } from '../location.ts';
import { Empty, ErrorNote, Waiting } from '../parts/notes.tsx';
import { Tabs } from '../parts/tabs.tsx';
import { ChartCard, MachineCard } from './chart-card.tsx';
import { NowCard } from './now-card.tsx';
import { PANELS, panelOf } from './panels.tsx';
import { PlayerBar } from './player-bar.tsx';
import { Player } from './player.ts';
import { QuestionsNote } from './questions-note.tsx';
import { RunHead } from './run-head.tsx';
import { RunStore } from './run-store.ts';
import { useKeys } from './use-keys.ts';

/** One run: its chart, its log, and everything that came of it, at the moment that is looked at. */
export function RunView({ runId }: { readonly runId: string }): JSX.Element {
  const store = useMemo(() => new RunStore(runId), [runId]);
  const player = useMemo(() => new Player(store), [store]);
  useEffect(
    () => () => {
      player.pause();
      store.close();
    },
    [store, player],
  );
  useKeys(store, player);
  useTitle(store);
  if (store.reading.value === 'missing') {
    return (
      <Empty title={`There is no run ${runId} in this store`}>
        <span>It may have been pruned, or belongs to another store.</span>
        <a href={hrefOf({ view: 'runs' })}>See all runs</a>
      </Empty>
    );
  }
  if (store.info.value === undefined) {
    if (store.error.value === undefined) return <Waiting lines={8} />;
    return (
      <ErrorNote
        error={store.error.value}
        what="The run could not be read"
        onRetry={() => void store.refresh()}
      />
    );
  }
  return (
    <>
      <RunHead store={store} />
      {store.error.value !== undefined && (
        <ErrorNote
          error={store.error.value}
          what="The log could not be read to its end"
          onRetry={() => void store.refresh()}
        />
      )}
      <QuestionsNote store={store} />
      <div class="run-grid">
        <MachineCard store={store} />
        <ChartCard store={store} />
        <RunPanels store={store} player={player} />
        <NowCard store={store} />
      </div>
      <PlayerBar store={store} player={player} />
    </>
  );
}

function useTitle(store: RunStore): void {
  const { value } = store.info;
  const title = value && `${value.snapshot.status}: ${value.snapshot.prompt || store.runId}`;
  useEffect(() => {
    if (title !== undefined) document.title = `${title} · runchart`;
  }, [title]);
}

/** Milliseconds until the chart has found its width. */
const DRAWN_MS = 100;

function RunPanels({
  store,
  player,
}: {
  readonly store: RunStore;
  readonly player: Player;
}): JSX.Element {
  const panel = panelOf(query.value.get('panel'));
  const { Content } = panel;
  const section = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!query.peek().has('panel')) return undefined;
    // On a narrow screen it stands below the chart, once that is drawn: who was sent to a panel sees it.
    const timer = setTimeout(() => {
      const isBelow = (section.current?.getBoundingClientRect().top ?? 0) > innerHeight / 2;
      if (isBelow) section.current?.scrollIntoView();
    }, DRAWN_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <section class="card run-panels" ref={section} aria-label="What is in the run">
      <Tabs
        label="Panels"
        tabs={PANELS.map(({ id, title, count }) => ({ id, title, count: count?.(store) }))}
        chosen={panel.id}
        onChoose={(id) => show({ panel: id === PANELS[0]?.id ? undefined : id })}
      />
      <div class="run-panel" role="tabpanel" id={`panel-${panel.id}`} aria-label={panel.title}>
        <Content store={store} player={player} />
      </div>
    </section>
  );
}
