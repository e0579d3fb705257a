import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { hasToken, reach, useToken } from './api.ts';
import { followLink, hrefOf, place } from './location.ts';
import { Empty } from './parts/notes.tsx';
import { RunView } from './run/run-view.tsx';
import { RunsView } from './runs/runs-view.tsx';
import { RuntimeView } from './runtime/runtime-view.tsx';
import { SessionView } from './session/session-view.tsx';
import { theme, turnTheme } from './theme.ts';

/** The page: the frame, and the view of the address. */
export function App(): JSX.Element {
  return (
    <div onClick={followLink}>
      <Top />
      {reach.value === 'lost' && (
        <div class="lost" role="status">
          The server does not answer. What is shown is what was known last; the page goes on by
          itself.
        </div>
      )}
      <main>{reach.value === 'asks' ? <TokenForm /> : <View />}</main>
    </div>
  );
}

function View(): JSX.Element {
  const at = place.value;
  switch (at.view) {
    case 'runs':
      return <RunsView />;
    case 'run':
      return <RunView key={at.runId} runId={at.runId} />;
    case 'session':
      return <SessionView key={at.sessionId} sessionId={at.sessionId} />;
    case 'runtime':
      return <RuntimeView />;
    case 'nowhere':
      return (
        <Empty title="There is nothing at this address">
          <a href={hrefOf({ view: 'runs' })}>See all runs</a>
        </Empty>
      );
  }
}

const THEMES = { auto: 'as the system has it', light: 'light', dark: 'dark' } as const;

function Top(): JSX.Element {
  const { view } = place.value;
  return (
    <header class="top">
      <a class="brand" href={hrefOf({ view: 'runs' })} aria-label="runchart">
        <img src="icon.svg" width="24" height="24" alt="" />
        <span>runchart</span>
      </a>
      <nav aria-label="Views">
        <a href={hrefOf({ view: 'runs' })} aria-current={view === 'runtime' ? undefined : 'page'}>
          Runs
        </a>
        <a
          href={hrefOf({ view: 'runtime' })}
          aria-current={view === 'runtime' ? 'page' : undefined}
        >
          Runtime
        </a>
      </nav>
      <span class="spread" />
      <ReachSign />
      <button
        type="button"
        class="button button-quiet button-icon"
        title={`Colours: ${THEMES[theme.value]}`}
        aria-label={`Colours: ${THEMES[theme.value]}. Change`}
        onClick={turnTheme}
      >
        {theme.value === 'auto' ? '◐' : theme.value === 'light' ? '☀' : '☾'}
      </button>
    </header>
  );
}

const REACHES = {
  connecting: 'connecting',
  connected: 'live',
  lost: 'disconnected',
  asks: 'token needed',
} as const;

function ReachSign(): JSX.Element {
  return <span class={`reach reach-${reach.value}`}>{REACHES[reach.value]}</span>;
}

/** The server wants a token, and this tab has none, or a wrong one. */
function TokenForm(): JSX.Element {
  const [token, setToken] = useState('');
  return (
    <form
      class="card card-body"
      style={{ maxWidth: '460px', margin: '8vh auto', display: 'grid', gap: '12px' }}
      onSubmit={(event) => {
        event.preventDefault();
        useToken(token.trim());
      }}
    >
      <h1>This server needs its token</h1>
      {hasToken && (
        <p class="note note-error" role="alert">
          The token that was given is not the one that this server wants.
        </p>
      )}
      <p class="soft">It was given to `runchart inspect` as --token, or in $RUNCHART_TOKEN.</p>
      <div class="field">
        <label for="token">Token</label>
        <input
          id="token"
          class="input mono"
          type="password"
          autocomplete="off"
          value={token}
          onInput={(event) => setToken(event.currentTarget.value)}
        />
      </div>
      <button class="button button-primary" disabled={token.trim() === ''}>
        Look at the runs
      </button>
    </form>
  );
}
