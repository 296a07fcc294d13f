import { NotFoundError } from '../../sdk/errors.ts';
import type { Call } from '../call.ts';
import { EndWith, EXIT } from '../exit.ts';
import { type OperatorPlace, operatorStatus } from '../installed.ts';
import { isDocument, printDocument } from '../print/document.ts';
import { tableOf } from '../print/table.ts';

export type OperatorFlags = OperatorPlace;

/** Whether it runs, as the API server knows it. */
export async function operator({ context, options, flags, open }: Call<OperatorFlags>): Promise<void> {
  const { clock, signal, stdout } = context;
  const { service, operatorNamespace } = options;
  const { kube } = await open();
  const status = await operatorStatus(kube, options, clock.now(), signal);
  if (!status) {
    throw new NotFoundError(
      `there is no operator ${service} in namespace ${operatorNamespace}: say where with --service and --operator-namespace`,
    );
  }
  const { image, ready, wanted, leader } = status;
  if (isDocument(flags.output)) {
    await printDocument(stdout, flags.output, { service, namespace: operatorNamespace, ...status });
  } else {
    const rows = [
      ['Namespace:', operatorNamespace],
      ['Image:', image ?? '<unknown>'],
      ['Ready:', `${ready} of ${wanted}`],
      ['Decides:', leader ?? '<nobody>'],
    ];
    stdout.write(tableOf(['Operator:', service], rows));
  }
  if (leader === undefined && ready === 0) throw new EndWith(EXIT.error);
}
