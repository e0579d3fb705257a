import { describe, expect, it } from 'vitest';
import type { Envelope, RunInfo } from '../../src/index.ts';
import { grandchildOf, isGone, until, useCli, WITH_GRANDCHILD } from './support/cli.ts';

const createCli = useCli();

describe('the end of runchart exec', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'is cancelled for good by %s, and takes the whole group along',
    async (signal) => {
      const cli = createCli();
      const exec = cli.start('exec', '--', ...WITH_GRANDCHILD);
      const grandchild = await grandchildOf(exec);
      exec.child.kill(signal);
      const ended = await exec.ended;
      expect(ended.code).toBe(130);
      expect(ended.err).toMatch(/^cancelled in /m);
      expect(isGone(grandchild)).toBe(true);
      const [info] = await cli.json<RunInfo>('ls');
      expect(info?.snapshot.status).toBe('cancelled');
      expect(info?.snapshot.cancelReason).toContain(signal);
      expect(info?.owner).toBeNull();
    },
  );

  it('gives a stubborn process two seconds, and none after the second Ctrl-C', async () => {
    const cli = createCli();
    const stubborn = [
      'sh',
      '-c',
      'trap "" TERM INT; sleep 300 & echo $!; while :; do sleep 1; done',
    ];
    const [patient, hasty] = [
      cli.start('exec', '--', ...stubborn),
      cli.start('exec', '--', ...stubborn),
    ];
    const left = await Promise.all([grandchildOf(patient), grandchildOf(hasty)]);
    const startedMs = performance.now();
    patient.child.kill('SIGINT');
    hasty.child.kill('SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 300));
    hasty.child.kill('SIGINT');
    const hastyEnd = await hasty.ended;
    const hastyMs = performance.now() - startedMs;
    const patientEnd = await patient.ended;
    const patientMs = performance.now() - startedMs;
    expect([hastyEnd.code, patientEnd.code]).toEqual([130, 130]);
    expect(hastyMs).toBeLessThan(patientMs);
    expect(patientMs).toBeGreaterThan(1_900);
    expect(left.every(isGone)).toBe(true);
  });

  it('comes by a cancel from another process', async () => {
    const cli = createCli();
    const exec = cli.start('exec', '--', ...WITH_GRANDCHILD);
    const grandchild = await grandchildOf(exec);
    const cancel = await cli.run('cancel', '@last', '--reason', 'not needed any more');
    expect(cancel).toMatchObject({ code: 0 });
    expect(cancel.out).toMatch(/^cancelled at seq \d+\n$/);
    expect((await exec.ended).code).toBe(130);
    expect(isGone(grandchild)).toBe(true);
    const again = await cli.run('cancel', '@last');
    expect(again).toMatchObject({ code: 0 });
    expect(again.out).toBe(`already ${cancel.out}`);
    const [info] = await cli.json<RunInfo>('ls');
    expect(info?.snapshot.cancelReason).toBe('not needed any more');
  });

  it('comes when the reader of its output goes away, without a word about it', async () => {
    const cli = createCli();
    const ended = await cli.shell('runchart exec -- yes | head -2; echo "${PIPESTATUS[0]}"');
    expect(ended.out).toBe('y\ny\n130\n');
    expect(ended.err).not.toContain('EPIPE');
    const [info] = await cli.json<RunInfo>('ls');
    expect(info?.snapshot.status).toBe('cancelled');
  });

  it('leaves after kill -9 a run that all commands tell the truth about', async () => {
    const cli = createCli();
    const exec = cli.start('exec', '--prompt', 'the lost one', '--', ...WITH_GRANDCHILD);
    const grandchild = await grandchildOf(exec);
    exec.child.kill('SIGKILL');
    await exec.ended;
    const events = await cli.json<Envelope>('events', '@last');
    const started = events.find(({ event }) => event.type === 'custom.process.started');
    const pid = Number(started?.event['pid']);
    try {
      expect((await cli.run('ls')).out).toMatch(/executing \(owner gone\) .*the lost one/);
      expect((await cli.run('show', '@last')).out).toContain('executing (owner gone)');
      const doctor = await cli.run('doctor');
      expect(doctor.code).toBe(0);
      expect(doctor.out).toContain('1 run left behind');
      expect(doctor.out).toContain(`a process with the id ${pid} is there`);
      expect(doctor.out).toMatch(/runchart cancel run_/);
    } finally {
      process.kill(-pid, 'SIGKILL');
    }
    await until('the group is gone', () => isGone(pid) && isGone(grandchild));
    expect((await cli.run('doctor')).out).toContain(`its process ${pid} is gone`);
    expect(await cli.run('cancel', '@last', '--reason', 'lost')).toMatchObject({ code: 0 });
    expect((await cli.run('ls')).out).toMatch(/cancelled .*the lost one/);
    expect((await cli.run('doctor')).out).toContain('no runs left behind');
    expect(await cli.run('verify')).toMatchObject({ code: 0 });
  });
});
