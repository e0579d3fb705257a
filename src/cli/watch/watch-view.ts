import type { RunInfo } from '../../index.ts';
import { EXIT, errorLine } from '../cli-error.ts';
import { followView } from '../follow/follow-view.ts';
import type { Stage, View } from '../terminal/run-view.ts';
import { createCancelDialog } from './cancel-dialog.ts';
import type { WatchOptions } from './drive-watch.ts';
import { createLastTypes } from './last-types.ts';
import { createLiveList } from './live-list.ts';
import { createSelection } from './selection.ts';
import { watchFrame } from './watch-frame.ts';

const BACK: ReadonlySet<string> = new Set(['escape', 'backspace', 'left']);
const OPEN: ReadonlySet<string> = new Set(['return', 'enter', 'right']);

/** A run that is looked at, in the place of the list. */
interface Page extends View {
  readonly runId: string;
  close(): void;
}

/** The live list on a terminal, and the page of the run that is looked at. */
export function watchView(options: WatchOptions, stage: Stage): View {
  const { now, stdout } = options;
  const on = { change: stage.redraw, error: stage.fail, over: stage.over };
  const list = createLiveList(options, on);
  const dialog = createCancelDialog(options.runtime, stage.redraw);
  const selection = createSelection();
  const types = typeReader(options, stage);
  let runs: readonly RunInfo[] = [];
  let page: Page | undefined;

  const open = (runId: string): void => {
    page = pageOf(options, stage, runId, {
      notice: dialog.text,
      closed: (why) => {
        page = undefined;
        dialog.say(why);
        stage.redraw();
      },
    });
  };
  const onListKey = (key: string): void => {
    const runId = runs[selection.at(runs)]?.snapshot.runId;
    if (selection.key(key, runs) || runId === undefined) return;
    if (OPEN.has(key)) open(runId);
    else if (key === 'c') dialog.ask(runId);
  };
  const onPageKey = (shown: Page, key: string): void => {
    if (BACK.has(key)) shown.close();
    else if (key === 'c') dialog.ask(shown.runId);
    else shown.key(key);
  };
  return {
    frame: (size) => {
      if (page !== undefined) return page.frame(size);
      const nowMs = now();
      runs = list.sorted(nowMs);
      const selected = selection.at(runs);
      const about = { counts: list.counts(), runs, selected, lastTypeOf: types.of };
      const notice = dialog.text();
      const { lines, shown } = watchFrame({ ...about, notice, nowMs, style: stdout.style }, size);
      types.read(shown);
      return lines;
    },
    key: (key) => {
      stage.redraw();
      if (dialog.key(key)) return;
      dialog.say(undefined);
      if (key === 'q') stage.end(EXIT.ok);
      else if (page === undefined) onListKey(key);
      else onPageKey(page, key);
    },
  };
}

function pageOf(
  options: WatchOptions,
  stage: Stage,
  runId: string,
  on: { readonly notice: () => string | undefined; readonly closed: (why?: string) => void },
): Page {
  const over = new AbortController();
  const close = (why?: string): void => {
    over.abort();
    on.closed(why);
  };
  const inner: Stage = {
    ...stage,
    over: AbortSignal.any([stage.over, over.signal]),
    // The page of a run that is over stays until somebody has read it.
    end: () => stage.redraw(),
    // The list goes on without a run that was deleted.
    fail: (error) => close(errorLine(error)),
  };
  const keysText = (): string => on.notice() ?? 'Esc back   c cancel   q quit';
  return { runId, close, ...followView({ ...options, runId, keysText }, inner) };
}

/** Reads the types of the last events of those that are seen, one batch at a time. */
function typeReader(
  { runtime }: WatchOptions,
  { over, redraw, fail }: Stage,
): { of(runId: string): string | undefined; read(shown: readonly RunInfo[]): void } {
  const types = createLastTypes(runtime);
  let isReading = false;
  const readAll = async (shown: readonly RunInfo[]): Promise<void> => {
    isReading = true;
    try {
      if (await types.read(shown)) redraw();
    } catch (error) {
      if (!over.aborted) fail(error);
    } finally {
      isReading = false;
    }
  };
  return {
    of: types.of,
    read: (shown) => {
      if (!isReading && !over.aborted) void readAll(shown);
    },
  };
}
