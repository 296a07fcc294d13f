import { runOperator } from '../../operator/program.ts';
import { settingsOf } from '../../operator/settings.ts';
import { podsDoor } from '../../plugins/pods/controller.ts';

/** The operator with the door for Pods, as a program to be started and killed. */
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort(new Error('SIGTERM')));
const settings = settingsOf(process.argv.slice(2), process.env);
if (settings !== 'help') await runOperator(settings, [podsDoor], stop.signal);
