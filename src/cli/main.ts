#!/usr/bin/env node
/**
 * The bin. It imports the command line only after it has looked at the Node that runs it: an older one
 * would fail on the imports, and say nothing that helps.
 */
const NEEDED = [22, 13] as const;

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1])) {
  process.stderr.write(
    `runchart: NODE_UNSUPPORTED: Node ${NEEDED.join('.')} or later is needed, this is ${process.versions.node}\n`,
  );
  process.exitCode = 1;
} else {
  const { quietExperiments } = await import('./quiet-experiments.ts');
  quietExperiments();
  const { runCli } = await import('./cli.ts');
  const { env, stdin, stdout, stderr } = process;
  process.exitCode = await runCli({
    argv: process.argv.slice(2),
    env,
    cwd: process.cwd(),
    stdin,
    stdout,
    stderr,
  });
}

export {};
