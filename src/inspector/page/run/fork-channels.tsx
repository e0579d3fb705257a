import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { ChannelInfo } from '../../../definition-info.ts';
import type { ChannelValues } from '../../../stores/checkpointer.ts';
import { messageOf, runtime } from '../api.ts';
import { jsonTextOf } from '../parts/json-text.ts';
import { Described } from '../parts/described.tsx';
import { useAsked } from '../parts/use-asked.ts';
import { type EditTexts, refusedChannel, shortText } from './fork-edits.ts';

interface ForkChannelsProps {
  readonly definition: string | null;
  readonly values: ChannelValues;
  readonly texts: EditTexts;
  /** What is no JSON, by channel. */
  readonly problems: ReadonlyMap<string, string>;
  /** Why the server would not make the fork. */
  readonly refusal: unknown;
  readonly throughReducers: boolean;
  readonly onTexts: (texts: EditTexts) => void;
  readonly onThroughReducers: (through: boolean) => void;
}

/** The channels with their values, each to be kept or edited. Others than there are cannot be made. */
export function ForkChannels(props: ForkChannelsProps): JSX.Element {
  const { definition, values, texts, problems, refusal, onTexts } = props;
  const { asked } = useAsked(() => runtime.definitions(), '');
  const known = asked.value.value?.find(({ name }) => name === definition);
  const channels = channelsOf(known?.channels ?? [], values);
  const names = channels.map(({ name }) => name);
  const told = refusal === undefined ? undefined : messageOf(refusal);
  const refused = told && refusedChannel(told, names);
  const edit = (name: string, text: string | undefined): void => {
    const { [name]: _, ...others } = texts;
    onTexts(text === undefined ? others : { ...texts, [name]: text });
  };
  if (channels.length === 0) {
    return <p class="faint">Its state has no channels, so there is nothing to edit.</p>;
  }
  return (
    <fieldset class="schema-group fork-channels">
      <legend class="label">State that it begins with</legend>
      {channels.map((channel) => (
        <ChannelRow
          key={channel.name}
          channel={channel}
          value={values[channel.name]}
          text={texts[channel.name]}
          problem={problems.get(channel.name) ?? (refused === channel.name ? told : undefined)}
          throughReducers={props.throughReducers}
          onEdit={(text) => edit(channel.name, text)}
        />
      ))}
      {told !== undefined && refused === undefined && (
        <p class="field-problem" role="status">
          {told}
        </p>
      )}
      <ReducersChoice {...props} />
    </fieldset>
  );
}

type Channel = Pick<ChannelInfo, 'name' | 'reducer'>;

/** Those of the definition, then those that only the checkpoint has. */
function channelsOf(known: readonly ChannelInfo[], values: ChannelValues): readonly Channel[] {
  const names = new Set(known.map(({ name }) => name));
  const others = Object.keys(values).filter((name) => !names.has(name));
  return [...known, ...others.map((name) => ({ name, reducer: null }))];
}

function ChannelRow({
  channel: { name, reducer },
  value,
  text,
  problem,
  throughReducers,
  onEdit,
}: {
  readonly channel: Channel;
  readonly value: unknown;
  readonly text: string | undefined;
  readonly problem: string | undefined;
  readonly throughReducers: boolean;
  readonly onEdit: (text: string | undefined) => void;
}): JSX.Element {
  const short = useMemo(() => shortText(value), [value]);
  const id = `fork-channel-${encodeURIComponent(name)}`;
  return (
    <div class="fork-channel">
      <div class="row fork-channel-head">
        <span class="mono">{name}</span>
        {reducer !== null && <span class="faint fork-reducer">{reducer}</span>}
        <span class="spread" />
        <button
          type="button"
          class="copy"
          onClick={() =>
            onEdit(text === undefined ? (throughReducers ? '' : jsonTextOf(value)) : undefined)
          }
        >
          {text === undefined ? 'edit' : 'keep as it is'}
          <span class="only-heard"> {name}</span>
        </button>
      </div>
      <span class="mono faint cut">{short === '' ? 'not written yet' : short}</span>
      {text !== undefined && (
        <Described
          id={id}
          label={throughReducers ? `What is merged into ${name}, as JSON` : `${name}, as JSON`}
          hint=""
          problem={problem}
        >
          {(described) => (
            <textarea
              {...described}
              class="input"
              spellcheck={false}
              autofocus
              rows={Math.min(14, Math.max(2, text.split('\n').length))}
              value={text}
              onInput={(event) => onEdit(event.currentTarget.value)}
            />
          )}
        </Described>
      )}
    </div>
  );
}

function ReducersChoice({
  texts,
  throughReducers,
  onThroughReducers,
}: ForkChannelsProps): JSX.Element | null {
  if (Object.keys(texts).length === 0) return null;
  return (
    <label class="fork-choice">
      <input
        type="checkbox"
        checked={throughReducers}
        onChange={(event) => onThroughReducers(event.currentTarget.checked)}
      />
      <span>
        Merge by the channels' reducers
        <span class="field-hint">
          {throughReducers
            ? ' What is typed is one more write: a list is added to, a map is merged into.'
            : ' What is typed replaces the value. Merged, it would be one more write to the channel.'}
        </span>
      </span>
    </label>
  );
}
