import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { type Foresight, foresee } from '../../../actors/foresee.ts';
import type { RunSnapshot } from '../../../machines/index.ts';

const OUTCOMES: Readonly<Record<Foresight['outcome'], string>> = {
  recorded: 'has effect',
  late: 'late',
  nothing: 'nothing',
  refused: 'refused',
};

/** What each command would come to on the run as it stands, by the function that decides it when it is given. */
export function ForeseenCommands({
  snapshot,
  isLive,
}: {
  readonly snapshot: RunSnapshot;
  readonly isLive: boolean;
}): JSX.Element {
  const all = useMemo(() => foresee(snapshot), [snapshot]);
  const commands = all.filter(({ command }) => !command.startsWith('record '));
  const records = all.filter(({ command }) => command.startsWith('record '));
  return (
    <section aria-label="What a command would come to">
      <div class="row story-head">
        <h3>{isLive ? 'What a command would come to now' : 'What a command would have come to'}</h3>
      </div>
      <ul class="plain">
        {commands.map((foresight) => (
          <Foreseen key={foresight.command} foresight={foresight} />
        ))}
      </ul>
      <details class="foreseen-records">
        <summary>Events that are recorded by hand, by their type</summary>
        <ul class="plain">
          {records.map((foresight) => (
            <Foreseen key={foresight.command} foresight={foresight} />
          ))}
        </ul>
      </details>
    </section>
  );
}

function Foreseen({
  foresight: { command, outcome, code, why },
}: {
  readonly foresight: Foresight;
}): JSX.Element {
  return (
    <li class="foreseen">
      <span class="mono">{command}</span>
      <span class={`tag foreseen-${outcome}`}>{OUTCOMES[outcome]}</span>
      <span class="soft">
        {code !== undefined && <code>{code}</code>} {why}
      </span>
    </li>
  );
}
