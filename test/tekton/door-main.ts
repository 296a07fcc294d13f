import { runOperator } from '../../operator/program.ts';
import { settingsOf } from '../../operator/settings.ts';
import { tektonDoor } from '../../plugins/tekton/controller.ts';

// an operator with its Tekton door open, as a process that can be killed
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort(new Error('SIGTERM')));
const settings = settingsOf(process.argv.slice(2), {});
if (settings !== 'help') await runOperator(settings, [tektonDoor], stop.signal);
