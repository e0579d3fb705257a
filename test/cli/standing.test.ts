import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Envelope, RunInfo } from '../../src/index.ts';
import { statusText } from '../../src/cli/run-standing.ts';
import { grandchildOf, until, useCli } from './support/cli.ts';

const createCli = useCli();

describe('runs that nobody drives', () => {
  it('are listed with what they wait for', async () => {
    const cli = createCli();
    await cli.begin('approve', 'sleep', 'receive', 'works', 'done');
    const { out } = await cli.run('ls');
    const of = (prompt: string): string =>
      out.split('\n').find((line) => line.trimEnd().endsWith(` ${prompt}`)) ?? '';
    expect(of('approve')).toContain('executing (waiting for an answer)');
    expect(of('sleep')).toMatch(/executing \(waiting until (\d{4}-\d\d-\d\d )?\d\d:\d\d\)/);
    expect(of('receive')).toContain('executing (waiting for a signal)');
    expect(of('works')).toContain('executing (let go)');
    expect(of('done')).toMatch(/completed +-/);
  });

  it('are shown with their definition, deadline, attempt and what they wait for', async () => {
    const cli = createCli();
    const [approve = '', sleep = ''] = await cli.begin('approve', 'sleep');
    const asking = await cli.run('show', approve);
    expect(asking.out).toContain('definition      deploy, version 7\n');
    expect(asking.out).toMatch(/deadline +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d, in 1 d 23 h\n/);
    expect(asking.out).toContain('waits for       an answer to approve: Deploy now?\n');
    expect(asking.out).toContain('epoch, attempt  2, 1\n');
    expect(asking.out).toContain(`next: runchart interrupts ${approve}\n`);
    expect((await cli.run('show', sleep)).out).toMatch(/waits for +\d{4}.*, in 5\d m/);
    const json = (await cli.run('show', approve, '--json')).out;
    expect(JSON.parse(json)).toMatchObject({
      snapshot: { runId: approve, waiting: { parked: 'waiting', interrupts: ['approve'] } },
      owner: null,
      isStalled: false,
      interrupts: [{ id: 'approve', question: 'Deploy now?' }],
    });
    // What entitles to an answer is told by `interrupts` alone.
    expect(json).not.toContain('token');
  });

  it('are no patients of the doctor while they wait, and are when they were let go', async () => {
    const cli = createCli();
    const [, works = ''] = await cli.begin('approve', 'works');
    const text = await cli.run('doctor');
    expect(text).toMatchObject({ code: 0 });
    expect(text.out).toContain(`1 run left behind, with nobody working on them:\n  ${works}`);
    expect(text.out).toContain('its owner let it go; its definition "deploy" is not registered\n');
    const { abandoned } = JSON.parse((await cli.run('doctor', '--json')).out) as {
      readonly abandoned: readonly { readonly info: RunInfo & { readonly why: string } }[];
    };
    expect(abandoned.map(({ info }) => [info.snapshot.runId, info.why])).toEqual([
      [works, expect.stringContaining('its owner let it go')],
    ]);
  });

  it('are said to wait when somebody follows them', async () => {
    const cli = createCli();
    const [id = ''] = await cli.begin('approve');
    const follow = cli.start('events', id, '--follow');
    await until('it says so', () => follow.err().includes('\n'));
    expect(follow.err()).toBe('nobody works on this run: it is waiting for an answer\n');
    await cli.run('cancel', id);
    expect(await follow.ended).toMatchObject({ code: 0 });
    expect(follow.out()).toContain('run.cancelled');
  });

  it('tell why they failed, and why that was', async () => {
    const cli = createCli();
    const [id = ''] = await cli.begin('fails');
    const { out } = await cli.run('show', id);
    expect(out).toMatch(/error +Error: it did not work\ncaused by +Error: no route to host\n/);
    expect(out).not.toMatch(/^ +at /m);
  });
});

describe('runs that others drive', () => {
  it('are parent and child of each other, and gone when their process is', async () => {
    const cli = createCli();
    const program = cli.program('keep', 'parent');
    await until('the child asks, and is left to wait', async () =>
      (await cli.json<RunInfo>('ls')).some(
        ({ snapshot: { waiting } }) =>
          waiting?.parked === 'waiting' && waiting.interrupts.length === 1,
      ),
    );
    const parent = program.out().trim();
    const [child] = await cli.json<RunInfo>('ls', '--parent', parent.slice(0, 20));
    const childId = child?.snapshot.runId ?? '';
    expect(child?.snapshot).toMatchObject({ parentRunId: parent, prompt: 'the child' });
    expect((await cli.run('show', parent)).out).toContain(
      `children        1: ${childId} executing`,
    );
    expect((await cli.run('show', childId)).out).toContain(`parent          ${parent}\n`);
    expect((await cli.run('show', parent)).out).toContain(`${parent}  executing\n`);
    program.child.kill('SIGKILL');
    await program.ended;
    expect((await cli.run('show', parent)).out).toContain(`${parent}  executing (owner gone)\n`);
    const [info] = await cli.json<RunInfo>('ls', '--parent', parent);
    expect(info?.snapshot.waiting?.parked).toBe('waiting');
  });

  it('have no more than their status, unless nothing was heard of them for long', async () => {
    const cli = createCli();
    const program = cli.program('keep', 'works');
    await until('it is driven', () => program.out().includes('\n'));
    const [info] = await cli.json<RunInfo>('ls');
    if (info === undefined) throw new TypeError('Expected a run, got none');
    expect(statusText(info)).toBe('executing');
    expect(statusText({ ...info, isStalled: true })).toBe('executing (stalled)');
    program.child.kill('SIGKILL');
    await program.ended;
  });

  it('are not taken over by runchart exec when they were commands and their process died', async () => {
    const cli = createCli();
    const lost = cli.start('exec', '--', 'sh', '-c', 'echo begun >> begun; echo $$; sleep 5');
    const pid = await grandchildOf(lost);
    lost.child.kill('SIGKILL');
    await lost.ended;
    process.kill(-pid, 'SIGKILL');
    const [info] = await cli.json<RunInfo>('ls');
    const id = info?.snapshot.runId ?? '';
    const events = await cli.json<Envelope>('events', id);
    // Longer than it takes to look for the dead again.
    expect(await cli.run('exec', '--', 'sleep', '6')).toMatchObject({ code: 0 });
    expect(readFileSync(join(cli.folder, 'begun'), 'utf8')).toBe('begun\n');
    expect(await cli.json<Envelope>('events', id)).toEqual(events);
    expect((await cli.run('show', id)).out).toContain(`${id}  executing (owner gone)`);
    const doctor = await cli.run('doctor');
    expect(doctor.out).toContain('its owner is gone; its definition "exec" is not registered');
  });
});
