import { execFileSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';

// dist holds exactly what src says: a file that was renamed must not stay behind in the package.
rmSync('dist', { recursive: true, force: true });
execFileSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' });
chmodSync('dist/cli/main.js', 0o755);
