import { expect, it } from 'vitest';
import { useCli } from '../cli/support/cli.ts';

const createCli = useCli();

it('the inspector of a run that is not there says so, and does not go on listening', async () => {
  const ended = await createCli().bin('inspect', 'nobody', '--port', '0');
  expect(ended).toMatchObject({ code: 1, out: '' });
  expect(ended.err).toMatch(/^runchart: RUN_NOT_FOUND: [^\n]*nobody/);
});
