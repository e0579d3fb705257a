import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { counted } from '../format.ts';

/** Members of one value that are shown at once; further ones come when they are asked for. */
const SHOWN = 100;
/** Characters of a text that are shown at once. */
const TEXT = 400;

/** Any JSON, as a tree that opens. What is big is opened by hand. */
export function JsonTree({
  value,
  depth = 2,
}: {
  readonly value: unknown;
  readonly depth?: number;
}): JSX.Element {
  const members = membersOf(value);
  const isPlain =
    members !== undefined && members.length > 0 && members.length <= SHOWN && depth > 0;
  return (
    <div class="json">
      {isPlain && !Array.isArray(value) ? (
        members.map(([name, member]) => (
          <Node key={name} name={name} value={member} depth={depth - 1} />
        ))
      ) : (
        <Node value={value} depth={depth} />
      )}
    </div>
  );
}

interface NodeProps {
  readonly name?: string;
  readonly value: unknown;
  /** Levels that are open from the beginning. */
  readonly depth: number;
}

function Node({ name, value, depth }: NodeProps): JSX.Element {
  const members = membersOf(value);
  if (members === undefined || members.length === 0) {
    return (
      <div>
        <Name name={name} />
        <Leaf value={value} />
      </div>
    );
  }
  return <Branch name={name} value={value} members={members} depth={depth} />;
}

function Branch({
  name,
  value,
  members,
  depth,
}: {
  readonly name: string | undefined;
  readonly value: unknown;
  readonly members: readonly (readonly [string, unknown])[];
  readonly depth: number;
}): JSX.Element {
  const [isOpen, setOpen] = useState(depth > 0 && members.length <= SHOWN);
  const [shown, setShown] = useState(SHOWN);
  const what = Array.isArray(value)
    ? counted(members.length, 'item')
    : counted(members.length, 'member');
  return (
    <details
      class="json-branch"
      open={isOpen}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary>
        <Name name={name} />
        <span class="faint">{Array.isArray(value) ? `[ ${what} ]` : `{ ${what} }`}</span>
      </summary>
      {isOpen && (
        <div class="json-members">
          {members.slice(0, shown).map(([key, member]) => (
            <Node key={key} name={key} value={member} depth={depth - 1} />
          ))}
          {members.length > shown && (
            <button type="button" class="copy" onClick={() => setShown(shown + SHOWN)}>
              {counted(members.length - shown, 'more one', 'more')}
            </button>
          )}
        </div>
      )}
    </details>
  );
}

function Name({ name }: { readonly name: string | undefined }): JSX.Element | null {
  return name === undefined ? null : <span class="json-key">{name}: </span>;
}

function Leaf({ value }: { readonly value: unknown }): JSX.Element {
  const [isWhole, setWhole] = useState(false);
  if (typeof value !== 'string') {
    const kind = typeof value === 'number' ? 'json-number' : 'json-word';
    return <span class={kind}>{value === undefined ? 'undefined' : JSON.stringify(value)}</span>;
  }
  const isLong = value.length > TEXT && !isWhole;
  return (
    <>
      <span class="json-text">{isLong ? value.slice(0, TEXT) : value === '' ? '""' : value}</span>
      {isLong && (
        <button type="button" class="copy" onClick={() => setWhole(true)}>
          {counted(value.length - TEXT, 'more character')}
        </button>
      )}
    </>
  );
}

function membersOf(value: unknown): readonly (readonly [string, unknown])[] | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  return Object.entries(value);
}
