import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, rmSync, symlinkSync } from 'node:fs';

// dist holds exactly what src says: a file that was renamed must not stay behind in the package.
rmSync('dist', { recursive: true, force: true });
execFileSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' });
execFileSync('vite', ['build', '--config', 'src/inspector/page/vite.config.ts'], {
  stdio: 'inherit',
});
chmodSync('dist/cli/main.js', 0o755);

// npm links the commands of dependencies only: this makes `npx runchart` work in a checkout too.
const link = 'node_modules/.bin/runchart';
if (existsSync('node_modules/.bin')) {
  rmSync(link, { force: true });
  symlinkSync('../../dist/cli/main.js', link);
}
