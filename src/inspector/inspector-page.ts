import { RunchartError } from '../errors.ts';
import { etagOf, type PageFile, readPageFiles } from './page-files.ts';

/** The page talks to its own server and to nobody else; no code of it stands in the page itself. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Where the page stands, below the base path of the server. */
export const INSPECTOR_PATH = '/inspect';

/**
 * Answers requests for the inspector: its files, and the page itself for every address that it has as a
 * deep link. The files hold nothing of any run, so they need no token.
 */
export function inspectorPage(basePath: string): (path: string, known: string | null) => Response {
  let files: ReadonlyMap<string, PageFile> | undefined;
  return (path, known) => {
    files ??= withBase(builtFiles(), `${basePath}${INSPECTOR_PATH}/`);
    const file = files.get(path) ?? (isLink(path) ? files.get('index.html') : undefined);
    if (file === undefined) {
      throw new RunchartError('ROUTE_UNKNOWN', `There is no file ${path} of the inspector.`);
    }
    return known === file.etag
      ? new Response(null, { status: 304, headers: headersOf(file) })
      : new Response(file.body, { headers: headersOf(file) });
  };
}

/** A file has an ending; the address of a view has none, or one of an id below `runs/` or `sessions/`. */
function isLink(path: string): boolean {
  return path.startsWith('runs/') || path.startsWith('sessions/') || !path.includes('.');
}

function builtFiles(): ReadonlyMap<string, PageFile> {
  try {
    return readPageFiles();
  } catch (cause) {
    const what = 'The page of the inspector is not built; "npm run build" makes it.';
    throw new RunchartError('ROUTE_UNKNOWN', what, { cause });
  }
}

/** The page is told where it stands, so that its addresses work at any depth. */
function withBase(
  files: ReadonlyMap<string, PageFile>,
  base: string,
): ReadonlyMap<string, PageFile> {
  const index = files.get('index.html');
  if (index === undefined) return files;
  const html = new TextDecoder().decode(index.body);
  const body = new TextEncoder().encode(html.replace(/<base href="[^"]*"/, `<base href="${base}"`));
  return new Map([...files, ['index.html', { ...index, body, etag: etagOf(body) }]]);
}

function headersOf({ type, etag, isFixed }: PageFile): Record<string, string> {
  return {
    'content-type': type,
    etag,
    'cache-control': isFixed ? 'public, max-age=31536000, immutable' : 'no-cache',
    'content-security-policy': POLICY,
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  };
}
