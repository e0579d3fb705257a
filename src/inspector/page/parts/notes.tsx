import type { ComponentChildren, JSX } from 'preact';
import { messageOf } from '../api.ts';

/** What could not be had, and how to try again. */
export function ErrorNote({
  error,
  what,
  onRetry,
}: {
  readonly error: unknown;
  readonly what: string;
  readonly onRetry?: () => void;
}): JSX.Element {
  return (
    <div class="note note-error" role="alert">
      <strong>{what}</strong>
      <span>{messageOf(error)}</span>
      {onRetry !== undefined && (
        <button type="button" class="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** Nothing is there, and that is no fault. */
export function Empty({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ComponentChildren;
}): JSX.Element {
  return (
    <div class="empty">
      <strong>{title}</strong>
      {children}
    </div>
  );
}

/** Something is being fetched. */
export function Waiting({ lines = 4 }: { readonly lines?: number }): JSX.Element {
  return (
    <div class="waiting" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, index) => (
        <span key={index} style={{ width: `${92 - ((index * 17) % 40)}%` }} />
      ))}
    </div>
  );
}
