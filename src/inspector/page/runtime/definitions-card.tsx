import type { JSX } from 'preact';
import type { DefinitionInfo } from '../../../definition-info.ts';
import { runtime } from '../api.ts';
import { hrefOf } from '../location.ts';
import { Empty, ErrorNote, Waiting } from '../parts/notes.tsx';
import { useAsked } from '../parts/use-asked.ts';

/** The definitions that the runtime can drive runs of. */
export function DefinitionsCard(): JSX.Element {
  const { asked, again } = useAsked(() => runtime.definitions(), '');
  const { value, error } = asked.value;
  return (
    <section class="card" aria-label="Definitions">
      <div class="card-head">
        <h2>Definitions</h2>
        <span class="faint">what can be started here</span>
      </div>
      {error !== undefined && (
        <div class="card-body">
          <ErrorNote error={error} what="The definitions could not be listed" onRetry={again} />
        </div>
      )}
      {value === undefined && error === undefined && <Waiting />}
      {value?.length === 0 && (
        <Empty title="None is registered here">
          Runs can be looked at all the same. <code>--definitions MODULE</code> makes them known.
        </Empty>
      )}
      {value !== undefined && value.length > 0 && (
        <ul class="plain">
          {value.map((definition) => (
            <Definition key={definition.name} definition={definition} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Definition({
  definition: { name, version, resumes, kind, channels, hasPlan, hasVerify },
}: {
  readonly definition: DefinitionInfo;
}): JSX.Element {
  return (
    <li class="definition">
      <span class="row">
        <a href={hrefOf({ view: 'runs' }, { definition: name })}>{name}</a>
        {version !== null && <span class="faint">version {version}</span>}
        {resumes.length > 0 && <span class="faint">goes on with {resumes.join(', ')}</span>}
      </span>
      <span class="row">
        {kind === 'machine' && <span class="tag">machine</span>}
        {hasPlan && <span class="tag">plans</span>}
        {hasVerify && <span class="tag">verifies</span>}
        {channels.map((channel) => (
          <span
            key={channel.name}
            class="tag mono"
            title={`reducer: ${channel.reducer ?? 'without a name'}`}
          >
            {channel.name}
          </span>
        ))}
      </span>
    </li>
  );
}
