import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';

const PROBES = 60;
const BLOCK = Buffer.alloc(4096, 1);

/** What the disk does at this moment: the median milliseconds of a 4 KiB overwrite and fdatasync. */
export function probeMs(path: string): number {
  const file = openSync(path, 'w+');
  writeSync(file, BLOCK, 0, BLOCK.length, 0);
  fdatasyncSync(file);
  const times = Array.from({ length: PROBES }, () => {
    const start = performance.now();
    writeSync(file, BLOCK, 0, BLOCK.length, 0);
    fdatasyncSync(file);
    return performance.now() - start;
  });
  closeSync(file);
  return quantile(times, 0.5);
}

/** The value below which a share of the numbers lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
