import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import { count, counted } from '../format.ts';
import { JsonTree } from './json-tree.tsx';
import type { TextPiece } from './text-diff.ts';
import { countsOf, type DiffCounts, type DiffMember, type DiffNode } from './value-diff.ts';

/** Changed members of one value that are shown at once. */
const SHOWN = 50;
/** Changed members up to which all of them are open. */
const OPEN = 20;

/** How two values differ: what changed is open, what did not is folded. */
export function DiffTree({ node }: { readonly node: DiffNode }): JSX.Element {
  return (
    <div class="diff">
      {node.kind === 'branch' ? (
        <Members isArray={node.isArray} members={node.members} />
      ) : (
        <Difference name={undefined} node={node} isOpenFirst />
      )}
    </div>
  );
}

/** How much changed, in words. */
export function DiffSummary({ counts }: { readonly counts: DiffCounts }): JSX.Element {
  const { added, removed, changed, moved } = counts;
  if (added + removed + changed + moved === 0) return <span class="faint">nothing changed</span>;
  return (
    <span class="diff-summary number">
      {changed > 0 && <span class="diff-mark-changed">{count(changed)} changed</span>}
      {added > 0 && <span class="diff-mark-added">{count(added)} added</span>}
      {removed > 0 && <span class="diff-mark-removed">{count(removed)} removed</span>}
      {moved > 0 && <span class="diff-mark-moved">{count(moved)} moved</span>}
    </span>
  );
}

function Members({
  isArray,
  members,
}: {
  readonly isArray: boolean;
  readonly members: readonly DiffMember[];
}): JSX.Element {
  const [shown, setShown] = useState(SHOWN);
  const changed = members.filter(({ node }) => node.kind !== 'same');
  const same = members.filter(({ node }) => node.kind === 'same');
  return (
    <>
      {changed.slice(0, shown).map(({ name, node }) => (
        <Difference
          key={`${node.kind} ${name}`}
          name={isArray ? `[${name}]` : name}
          node={node}
          isOpenFirst={changed.length <= OPEN}
        />
      ))}
      {changed.length > shown && (
        <button type="button" class="copy" onClick={() => setShown(shown + SHOWN)}>
          {counted(changed.length - shown, 'more change')}
        </button>
      )}
      {same.length > 0 && <Unchanged isArray={isArray} members={same} />}
    </>
  );
}

function Unchanged({
  isArray,
  members,
}: {
  readonly isArray: boolean;
  readonly members: readonly DiffMember[];
}): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  const value = Object.fromEntries(
    isOpen ? members.map(({ name, node }) => [name, 'value' in node ? node.value : null]) : [],
  );
  return (
    <details class="diff-same" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {counted(members.length, isArray ? 'item' : 'member')} unchanged
        {!isArray && members.length <= 4 && `: ${members.map(({ name }) => name).join(', ')}`}
      </summary>
      {isOpen && <JsonTree value={value} depth={1} />}
    </details>
  );
}

const SIGNS = { added: '+', removed: '−', changed: '≠', moved: '↕', branch: '', same: '' } as const;

function Difference({
  name,
  node,
  isOpenFirst,
}: {
  readonly name: string | undefined;
  readonly node: DiffNode;
  readonly isOpenFirst: boolean;
}): JSX.Element {
  const [isOpen, setOpen] = useState(isOpenFirst);
  if (node.kind === 'branch') {
    return (
      <details
        class="diff-branch"
        open={isOpen}
        onToggle={(event) => setOpen(event.currentTarget.open)}
      >
        <summary>
          <span class="json-key">{name}</span> <DiffSummary counts={countsOf(node)} />
        </summary>
        {isOpen && (
          <div class="diff-members">
            <Members isArray={node.isArray} members={node.members} />
          </div>
        )}
      </details>
    );
  }
  return (
    <div class={`diff-line diff-${node.kind}`}>
      <span class="diff-sign" aria-hidden="true">
        {SIGNS[node.kind]}
      </span>
      <div>
        {name !== undefined && <span class="json-key">{name}</span>}
        <span class={name === undefined ? 'only-heard' : 'diff-word'}>{wordOf(node)}</span>
        <Leaf node={node} />
      </div>
    </div>
  );
}

function wordOf(node: DiffNode): string {
  if (node.kind === 'moved') return `moved from [${node.from}]`;
  return node.kind === 'same' || node.kind === 'branch' ? 'unchanged' : node.kind;
}

function Leaf({ node }: { readonly node: Exclude<DiffNode, { kind: 'branch' }> }): JSX.Element {
  if (node.kind !== 'changed') return <JsonTree value={node.value} depth={1} />;
  if (node.pieces !== undefined) return <Pieces pieces={node.pieces} />;
  return (
    <div class="diff-pair">
      <Side word="before">
        <JsonTree value={node.before} depth={1} />
      </Side>
      <Side word="now">
        <JsonTree value={node.after} depth={1} />
      </Side>
    </div>
  );
}

function Side({
  word,
  children,
}: {
  readonly word: 'before' | 'now';
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <div class={word === 'before' ? 'diff-before' : 'diff-now'}>
      <span class="only-heard">{word}: </span>
      {children}
    </div>
  );
}

/** Characters of an unchanged part of a text that are kept at each side of it. */
const KEPT = 90;

function Pieces({ pieces }: { readonly pieces: readonly TextPiece[] }): JSX.Element {
  return (
    <pre class="diff-text" tabIndex={0}>
      {pieces.map(({ kind, text }, index) => {
        if (kind === 'removed') return <del key={index}>{text}</del>;
        if (kind === 'added') return <ins key={index}>{text}</ins>;
        return (
          <Kept
            key={index}
            text={text}
            isFirst={index === 0}
            isLast={index === pieces.length - 1}
          />
        );
      })}
    </pre>
  );
}

function Kept({
  text,
  isFirst,
  isLast,
}: {
  readonly text: string;
  readonly isFirst: boolean;
  readonly isLast: boolean;
}): JSX.Element {
  const [isWhole, setWhole] = useState(false);
  const [head, tail] = [isFirst ? 0 : KEPT, isLast ? 0 : KEPT];
  const hidden = text.length - head - tail;
  if (isWhole || hidden <= KEPT) return <span>{text}</span>;
  return (
    <>
      <span>{text.slice(0, head)}</span>
      <button type="button" class="copy" onClick={() => setWhole(true)}>
        … {counted(hidden, 'character')} the same …
      </button>
      <span>{tail === 0 ? '' : text.slice(-tail)}</span>
    </>
  );
}
