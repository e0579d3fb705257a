import { computed, signal } from '@preact/signals';

/** What is looked at. */
export type Place =
  | { readonly view: 'runs' }
  | { readonly view: 'run'; readonly runId: string }
  | { readonly view: 'session'; readonly sessionId: string }
  | { readonly view: 'runtime' }
  | { readonly view: 'nowhere'; readonly path: string };

const address = signal(new URL(location.href));

addEventListener('popstate', () => {
  address.value = new URL(location.href);
});

/** Where the page stands, with a slash at its end. */
const home = new URL(document.baseURI).pathname;

/** Where the API stands: one step above the page. */
export const apiUrl = new URL('..', document.baseURI).href.replace(/\/$/, '');

export const place = computed<Place>(() => placeOf(address.value.pathname));

/** The search parameters of the address: what is shown of the place. */
export const query = computed(() => address.value.searchParams);

function placeOf(pathname: string): Place {
  const path = pathname.slice(home.length);
  const [first = '', second, ...rest] = path.split('/');
  if (path === '') return { view: 'runs' };
  if (path === 'runtime') return { view: 'runtime' };
  if (second !== undefined && second !== '' && rest.length === 0) {
    const id = decodeURIComponent(second);
    if (first === 'runs') return { view: 'run', runId: id };
    if (first === 'sessions') return { view: 'session', sessionId: id };
  }
  return { view: 'nowhere', path };
}

type Query = Readonly<Record<string, string | number | undefined>>;

/** The address of a place, for a link. */
export function hrefOf(to: Place, search: Query = {}): string {
  const path = pathOf(to);
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (value !== undefined && value !== '') parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return `${home}${path}${text === '' ? '' : `?${text}`}`;
}

function pathOf(to: Place): string {
  if (to.view === 'run') return `runs/${encodeURIComponent(to.runId)}`;
  if (to.view === 'session') return `sessions/${encodeURIComponent(to.sessionId)}`;
  if (to.view === 'nowhere') return to.path;
  return to.view === 'runs' ? '' : 'runtime';
}

/** Goes to an address of the page, as a link does. */
export function go(href: string): void {
  history.pushState(null, '', href);
  address.value = new URL(location.href);
  scrollTo(0, 0);
}

/** Changes what is shown of the place, without a step of the history: Back leaves the place. */
export function show(changes: Query): void {
  const url = new URL(address.peek());
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === '') url.searchParams.delete(name);
    else url.searchParams.set(name, String(value));
  }
  if (url.href === address.peek().href) return;
  history.replaceState(null, '', url);
  address.value = url;
}

/** Links within the page do not load it again. Put on the root element. */
export function followLink(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element | null)?.closest?.('a');
  if (!link || link.target !== '' || link.hasAttribute('download')) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || !url.pathname.startsWith(home)) return;
  event.preventDefault();
  go(url.href);
}
