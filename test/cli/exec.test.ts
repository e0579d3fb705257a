import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Envelope, OutputRecord, RunInfo } from '../../src/index.ts';
import { isGone, useCli } from './support/cli.ts';

const createCli = useCli();

function texts(records: readonly OutputRecord[], producer: string): unknown[] {
  return records
    .filter((record) => record.producer === producer)
    .map(({ event }) =>
      event.type === 'partial' && event.chunk.kind === 'inline' ? event.chunk.value : event,
    );
}

describe('runchart exec', () => {
  it('runs a command, keeps its lines in order, and completes when it and the check succeed', async () => {
    const cli = createCli();
    const script = 'echo one; echo two; echo wrong >&2; printf "no newline"';
    const ended = await cli.run(
      'exec',
      '--verify',
      'echo looked; test 1 = 1',
      '--',
      'sh',
      '-c',
      script,
    );
    expect(ended).toMatchObject({ code: 0, out: 'one\ntwo\nno newline\n' });
    expect(ended.err).toContain('wrong\n');
    expect(ended.err).toMatch(/completed in .* next: runchart show run_/);
    const outputs = await cli.json<OutputRecord>('outputs', '@last');
    expect(texts(outputs, 'stdout')).toEqual(['one', 'two', 'no newline']);
    expect(texts(outputs, 'stderr')).toEqual(['wrong']);
    expect(texts(outputs, 'verify')).toEqual(['looked']);
    expect(outputs.at(-1)?.event).toEqual({
      type: 'final',
      ok: true,
      content: { kind: 'inline', value: { exitCode: 0, signal: null, lines: 4 } },
    });
    const [info] = await cli.json<RunInfo>('ls');
    expect(info?.snapshot).toMatchObject({
      status: 'completed',
      definition: 'exec',
      prompt: `sh -c '${script}'`,
      verification: {
        summary: 'passed',
        checks: [{ name: 'echo looked; test 1 = 1', evidence: { exitCode: 0, lines: ['looked'] } }],
      },
    });
    const events = await cli.json<Envelope>('events', '@last');
    const types = events.map(({ event }) => event.type);
    expect(types.indexOf('custom.process.started')).toBeLessThan(types.indexOf('output.appended'));
    expect(types).toContain('verification.started');
    expect(types.at(-1)).toBe('run.completed');
    expect(events.every(({ late }) => !late)).toBe(true);
  });

  it('fails with the exit code of the command', async () => {
    const cli = createCli();
    const ended = await cli.run('exec', '--', 'sh', '-c', 'echo before; exit 3');
    expect(ended).toMatchObject({ code: 1, out: 'before\n' });
    expect(ended.err).toContain('runchart: EXEC_FAILED: ');
    expect(ended.err).toContain('exit code 3');
    const [info] = await cli.json<RunInfo>('ls');
    expect(info?.snapshot).toMatchObject({ status: 'failed', error: { code: 'EXEC_FAILED' } });
  });

  it('fails with the signal that ended the command', async () => {
    const cli = createCli();
    const ended = await cli.run('exec', '--', 'sh', '-c', 'kill -KILL $$');
    expect(ended.code).toBe(1);
    expect(ended.err).toMatch(/EXEC_KILLED: .*SIGKILL/);
  });

  it('says when there is no such command, and keeps that', async () => {
    const cli = createCli();
    const ended = await cli.run('exec', '--', 'no-such-command-anywhere');
    expect(ended).toMatchObject({ code: 1, out: '' });
    expect(ended.err).toContain(
      'runchart: EXEC_NOT_FOUND: Command not found: no-such-command-anywhere\n',
    );
    expect(ended.err).not.toContain('    at ');
    const [info] = await cli.json<RunInfo>('ls');
    expect(info?.snapshot).toMatchObject({ status: 'failed', error: { code: 'EXEC_NOT_FOUND' } });
  });

  it('fails when the check fails, whatever the command said', async () => {
    const cli = createCli();
    const ended = await cli.run('exec', '--verify', 'echo not good; exit 4', '--', 'true');
    expect(ended.code).toBe(1);
    expect(ended.err).toContain('VERIFICATION_FAILED');
    const [info] = await cli.json<RunInfo>('ls');
    expect(info?.snapshot.verification).toMatchObject({
      summary: 'failed',
      checks: [{ status: 'failed', evidence: { exitCode: 4, lines: ['not good'] } }],
    });
    const outputs = await cli.json<OutputRecord>('outputs', '@last');
    expect(outputs.at(-1)?.event).toMatchObject({ type: 'final', ok: false });
  });

  it('ends the whole group when the time is over', async () => {
    const cli = createCli();
    const script = 'trap "" TERM; sleep 300 & echo $!; wait; sleep 300';
    const ended = await cli.run('exec', '--timeout', '0.6', '--', 'sh', '-c', script);
    expect(ended.code).toBe(1);
    expect(ended.err).toContain('runchart: EXEC_TIMEOUT: ');
    expect(isGone(Number.parseInt(ended.out, 10))).toBe(true);
    const [info] = await cli.json<RunInfo>('ls');
    expect(info?.snapshot).toMatchObject({ status: 'failed', error: { code: 'EXEC_TIMEOUT' } });
  });

  it('does not wait for ever for one that keeps the output of an ended command', async () => {
    const cli = createCli();
    const ended = await cli.run('exec', '--', 'sh', '-c', 'sleep 300 & echo $!');
    expect(ended.code).toBe(0);
    expect(isGone(Number.parseInt(ended.out, 10))).toBe(true);
  });

  it('keeps a big output whole and in order, and hands it on', async () => {
    const cli = createCli();
    // More lines than any queue, page or feed on the way holds, and more bytes than any buffer.
    const line = (_: unknown, i: number): string => `${String(i + 1).padStart(100, '0')}\n`;
    const wanted = Array.from({ length: 12_000 }, line).join('');
    const ended = await cli.bin('exec', '--', 'seq', '-f', '%0100.0f', '12000');
    expect(ended.code).toBe(0);
    expect(ended.out === wanted).toBe(true);
    const kept = await cli.bin('outputs', '@last', '--producer', 'stdout');
    expect(kept.out === wanted).toBe(true);
    expect(await cli.run('verify')).toMatchObject({ code: 0 });
  });

  it('keeps what is no text as well as text can', async () => {
    const cli = createCli();
    const bytes = [Buffer.from('ok\n'), Buffer.from([0xff, 0x00, 0x0a]), Buffer.from('end é\r\n')];
    writeFileSync(join(cli.folder, 'bytes'), Buffer.concat(bytes));
    await cli.run('exec', '--', 'cat', 'bytes');
    const outputs = await cli.json<OutputRecord>('outputs', '@last', '--producer', 'stdout');
    expect(texts(outputs, 'stdout')).toEqual(['ok', '\ufffd\u0000', 'end é\r']);
  });

  it('prints one envelope per line with --json', async () => {
    const cli = createCli();
    const ended = await cli.run(
      'exec',
      '--json',
      '--prompt',
      'say x',
      '--session',
      's',
      '--',
      'echo',
      'x',
    );
    const envelopes = ended.out
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Envelope);
    expect(envelopes.map(({ seq }) => seq)).toEqual(envelopes.map((_, i) => i + 1));
    expect(envelopes.at(0)?.event).toMatchObject({ type: 'run.created', prompt: 'say x' });
    expect(envelopes.at(-1)?.event.type).toBe('run.completed');
    expect(ended.err).toBe('');
  });

  it('works beside another one on the same store', async () => {
    const cli = createCli();
    const both = await Promise.all([
      cli.bin('exec', '--', 'seq', '1', '2000'),
      cli.bin('exec', '--', 'seq', '1', '2000'),
    ]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    const infos = await cli.json<RunInfo>('ls');
    expect(infos.map(({ snapshot }) => snapshot.status)).toEqual(['completed', 'completed']);
    expect(await cli.run('verify')).toMatchObject({ code: 0 });
  });
});
