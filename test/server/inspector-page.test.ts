import { describe, expect, it } from 'vitest';
import { createServer, type ServerOptions } from '../../src/server/index.ts';
import { problemOfBuild } from '../support/built.ts';
import { open } from '../support/runtime/helpers.ts';

const problem = problemOfBuild();
if (problem !== undefined) throw new Error(problem);

/** Asks a server that has the page; no port is needed for it. */
async function asking(
  options: ServerOptions,
  use: (ask: (path: string, init?: RequestInit) => Promise<Response>) => Promise<void>,
): Promise<void> {
  await using runtime = await open();
  const server = createServer(runtime, options);
  await use((path, init) => server.fetch(new Request(`http://localhost${path}`, init)));
  await server.close({ graceMs: 0 });
}

const ON = { inspector: true };
/** Addresses of views, also of runs whose ids look like files. */
const DEEP = ['runs/some-run', 'runs/build.tar', 'runs/a%2Fb?seq=4', 'sessions/s.1', 'runtime'];
const ASSET = /(?:src|href)="\.?\/?(assets\/[^"]+\.(?:js|css))"/g;

describe('the page of the inspector', () => {
  it('has a policy by which it asks its own server alone, and runs nothing that stands in it', async () => {
    await asking(ON, async (ask) => {
      const response = await ask('/inspect/');
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
      const policy = Object.fromEntries(
        (response.headers.get('content-security-policy') ?? '')
          .split('; ')
          .map((rule) => [rule.split(' ')[0], rule.slice(rule.indexOf(' ') + 1)]),
      );
      expect(policy).toEqual({
        'default-src': "'none'",
        'script-src': "'self'",
        'style-src': "'self'",
        'img-src': "'self' data: blob:",
        'connect-src': "'self'",
        'base-uri': "'self'",
        'form-action': "'none'",
        'frame-ancestors': "'none'",
      });
      const html = await response.text();
      expect(html).not.toMatch(/<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|javascript:/i);
      expect(html).not.toMatch(/(?:src|href)="(?:[a-z]+:)?\/\//);
    });
  });

  it('has its files where it says, each with its type and the same policy', async () => {
    await asking(ON, async (ask) => {
      const html = await (await ask('/inspect/')).text();
      const paths = [...html.matchAll(ASSET)].map(([, path = '']) => path);
      expect(paths.map((path) => path.split('.').at(-1) ?? '').toSorted()).toEqual(['css', 'js']);
      for (const path of [...paths, 'icon.svg']) {
        const response = await ask(`/inspect/${path}`);
        expect(response.status).toBe(200);
        expect(response.headers.get('content-type')).toMatch(/^(?:text\/(?:css|java)|image\/svg)/);
        expect(response.headers.get('x-content-type-options')).toBe('nosniff');
        expect(response.headers.get('referrer-policy')).toBe('no-referrer');
        expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
        expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(0);
      }
    });
  });

  it('is the answer to the address of every view', async () => {
    await asking(ON, async (ask) => {
      const page = await (await ask('/inspect/')).text();
      for (const path of DEEP) {
        const response = await ask(`/inspect/${path}`);
        expect.soft(response.status, path).toBe(200);
        expect.soft(await response.text(), path).toBe(page);
      }
    });
  });

  it('has a file of no other name, and says so with a problem', async () => {
    await asking(ON, async (ask) => {
      for (const path of ['nothing.js', 'assets/index.js', 'assets/..%2f..%2findex.js', '.env']) {
        const response = await ask(`/inspect/${path}`);
        expect.soft(response.status, path).toBe(404);
        expect.soft(response.headers.get('content-type')).toContain('application/problem+json');
        expect.soft(await response.json()).toMatchObject({ code: 'ROUTE_UNKNOWN', status: 404 });
      }
    });
  });

  it('is not sent again to who has it, and its files with a hash in their names are kept for good', async () => {
    await asking(ON, async (ask) => {
      const page = await ask('/inspect/');
      const [, asset] = ASSET.exec(await page.text()) ?? [];
      ASSET.lastIndex = 0;
      expect(page.headers.get('cache-control')).toBe('no-cache');
      for (const path of ['/inspect/', '/inspect/runs/x', `/inspect/${asset}`]) {
        const etag = (await ask(path)).headers.get('etag') ?? '';
        expect(etag).toMatch(/^"[\w-]{22}"$/);
        const again = await ask(path, { headers: { 'if-none-match': etag } });
        expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([
          304,
          '',
          etag,
        ]);
        const other = await ask(path, { headers: { 'if-none-match': '"another"' } });
        expect(other.status).toBe(200);
      }
      const fixed = await ask(`/inspect/${asset}`);
      expect(fixed.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    });
  });

  it('answers HEAD with the same headers and nothing else', async () => {
    await asking(ON, async (ask) => {
      const [whole, head] = [await ask('/inspect/'), await ask('/inspect/', { method: 'HEAD' })];
      expect([head.status, await head.text()]).toEqual([200, '']);
      for (const name of ['etag', 'content-type', 'content-security-policy', 'cache-control']) {
        expect(head.headers.get(name)).toBe(whole.headers.get(name));
      }
    });
  });

  it('needs no token, and the API does', async () => {
    await asking({ ...ON, token: 'secret' }, async (ask) => {
      for (const path of ['', 'icon.svg', 'runs/x']) {
        expect((await ask(`/inspect/${path}`)).status).toBe(200);
      }
      expect((await ask('/inspect/nothing.js')).status).toBe(404);
      const refused = await ask('/v1/runs');
      expect(refused.status).toBe(401);
      expect(await refused.json()).toMatchObject({ code: 'UNAUTHORIZED' });
      const headers = { authorization: 'Bearer secret' };
      expect((await ask('/v1/runs', { headers })).status).toBe(200);
    });
  });
});

describe('where the page stands', () => {
  it('is below the base path of the server, which the page is told', async () => {
    await asking({ ...ON, basePath: '/x/y' }, async (ask) => {
      for (const path of ['', ...DEEP]) {
        const html = await (await ask(`/x/y/inspect/${path}`)).text();
        expect.soft(html.match(/<base [^>]*>/g), path).toEqual(['<base href="/x/y/inspect/" />']);
      }
      expect((await ask('/x/y/inspect/icon.svg')).status).toBe(200);
      expect((await ask('/inspect/')).status).toBe(404);
    });
  });

  it('is told by an etag of its own: behind another path the page is another one', async () => {
    const etags = new Set<string | null>();
    for (const basePath of ['', '/x']) {
      await asking({ ...ON, basePath }, async (ask) => {
        etags.add((await ask(`${basePath}/inspect/`)).headers.get('etag'));
      });
    }
    expect(etags.size).toBe(2);
  });

  it('is where the root of the server leads, and its address without a slash', async () => {
    for (const basePath of ['', '/x']) {
      await asking({ ...ON, basePath }, async (ask) => {
        for (const path of [`${basePath}/inspect`, basePath === '' ? '/' : basePath]) {
          const response = await ask(path);
          expect
            .soft([response.status, response.headers.get('location')], path)
            .toEqual([302, `${basePath}/inspect/`]);
        }
      });
    }
  });

  it('is nowhere, unless the page is asked for', async () => {
    for (const options of [{}, { inspector: false }]) {
      await asking(options, async (ask) => {
        for (const path of ['/', '/inspect', '/inspect/', '/inspect/icon.svg']) {
          expect.soft((await ask(path)).status, path).toBe(404);
        }
      });
    }
  });
});
