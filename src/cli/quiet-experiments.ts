/** Node 22 warns that node:sqlite is an experiment; a user of the command line can do nothing about it. */
export function quietExperiments(): void {
  const emitWarning = process.emitWarning.bind(process) as (...args: unknown[]) => void;
  process.emitWarning = (warning: string | Error, ...args: unknown[]): void => {
    const [options] = args;
    const type =
      typeof options === 'object' && options !== null && 'type' in options ? options.type : options;
    if (type === 'ExperimentalWarning' && String(warning).includes('SQLite')) return;
    emitWarning(warning, ...args);
  };
}
