import type { JSX } from 'preact';
import type { RunStatus } from '../../../machines/run-status.ts';

/** A sign for each status, so that it is told without its colour too. 12 by 12. */
const SIGNS: Readonly<Record<RunStatus, JSX.Element>> = {
  created: <circle cx="6" cy="6" r="4" fill="none" stroke-dasharray="2.2 2" />,
  planning: <path d="M2.5 3.5h7M2.5 6h7M2.5 8.5h4" />,
  executing: <path d="M4 2.5v7l5.5-3.5z" fill="currentColor" />,
  verifying: (
    <>
      <circle cx="5.2" cy="5.2" r="3.2" fill="none" />
      <path d="M7.6 7.6l2.6 2.6" />
    </>
  ),
  completed: <path d="M2.5 6.5l2.5 2.5 4.5-5.5" fill="none" />,
  failed: <path d="M3 3l6 6M9 3l-6 6" />,
  cancelled: (
    <>
      <circle cx="6" cy="6" r="4.2" fill="none" />
      <path d="M3.2 8.8l5.6-5.6" />
    </>
  ),
};

export function StatusSign({ status }: { readonly status: RunStatus }): JSX.Element {
  return (
    <svg
      width="12"
      height="12"
      viewBox="0 0 12 12"
      stroke="currentColor"
      stroke-width="1.7"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {SIGNS[status]}
    </svg>
  );
}

export function Status({ status }: { readonly status: RunStatus }): JSX.Element {
  return (
    <span class={`status is-${status}`}>
      <StatusSign status={status} />
      {status}
    </span>
  );
}
