// Plain JavaScript on purpose: it must run on the old Node that it refuses.
// The project's Node is the dev dependency `node`. Its binary comes by an install script, and npm falls
// back to the host's own Node in silence when that script did not run.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `runchart is developed on Node >= 22.18 (24 is pinned), but this is Node ${process.versions.node} at ${process.execPath}.\n` +
      'Run `npm ci` without --ignore-scripts, so that the dev dependency "node" brings its own, and start through `npm run`.',
  );
  process.exit(1);
}
