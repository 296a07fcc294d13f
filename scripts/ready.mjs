// Runs before every npm script, on whatever Node is there: installs what the lock file names when it is missing or older.
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('..', import.meta.url);
const installed = new URL('node_modules/.package-lock.json', root);
const wanted = new URL('package-lock.json', root);

if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(wanted).mtimeMs) {
  // npm empties the folder first, through a link somebody else's
  if (lstatSync(new URL('node_modules', root), { throwIfNoEntry: false })?.isSymbolicLink()) {
    console.error(
      'node_modules is a link, and older than package-lock.json: run `npm ci` where it leads, or remove it',
    );
    process.exit(1);
  }
  console.error('installing dependencies, about half a minute the first time…');
  // the machine's own Node may be older than the one the project brings: npm's warning about it says nothing new
  const npm = spawnSync('npm', ['ci', '--loglevel=error'], { cwd: fileURLToPath(root), stdio: ['ignore', 2, 2] });
  if (npm.status !== 0) {
    console.error('npm ci failed: see above');
    process.exit(1);
  }
}
