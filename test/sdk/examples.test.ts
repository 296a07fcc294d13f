import { startKonductor } from '../../src/dev/testing.ts';
import { examplesDo } from './example-suite.ts';

examplesDo('on the embedded server', async () => {
  const konductor = await startKonductor();
  const { kubeconfig } = await konductor.listen();
  return { kubeconfig, client: konductor.client, apply: konductor.apply, leave: konductor.stop };
});
