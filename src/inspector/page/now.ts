import { signal } from '@preact/signals';

/** The time, as ages in the page are counted by: once a second is enough for what people read. */
export const now = signal(Date.now());

setInterval(() => {
  if (document.visibilityState === 'visible') now.value = Date.now();
}, 1_000);
