import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { axeViolations } from './support/axe-violations.ts';
import { launchChromium } from './support/chromium.ts';
import { watchedPage } from './support/watched-page.ts';

/** A page with one of each fault. Nobody listens at the other address. */
const BAD = `<!doctype html><html lang="en"><head><title>bad</title></head><body>
  <button></button>
  <img src="http://127.0.0.9:9/elsewhere.png" alt="">
  <img src="missing.png" alt="">
  <script>
    console.error('said aloud');
    setTimeout(() => { throw new Error('not caught'); });
    const endMs = performance.now() + 120;
    while (performance.now() < endMs);
  </script>
</body></html>`;

describe('a page that is watched', () => {
  it('is caught at each fault that it has', async () => {
    const http = createServer((request, response) => {
      response.statusCode = request.url === '/inspect/' ? 200 : 404;
      response.setHeader('content-type', 'text/html').end(BAD);
    });
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    const { port } = http.address() as AddressInfo;
    await using browser = await launchChromium();
    const watched = await watchedPage(browser.context, `http://127.0.0.1:${port}`);
    await watched.go('');
    const { errors, failed, elsewhere } = watched.faults();
    expect(errors).toContain('said aloud');
    expect(errors).toContain('Error: not caught');
    expect(failed).toContain(`404 http://127.0.0.1:${port}/inspect/missing.png`);
    expect(elsewhere).toEqual(['http://127.0.0.9:9/elsewhere.png']);
    expect(await watched.longTasks()).not.toEqual([]);
    expect(await axeViolations(watched.page)).toEqual([expect.stringMatching(/^button-name: /)]);
    http.closeAllConnections();
    http.close();
  });
});
