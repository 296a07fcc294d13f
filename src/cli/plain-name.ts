import { UsageError } from './exit.ts';

/** For what looks at resources: only claims reach into other namespaces by name. */
export function checkPlain(name: string): void {
  const [namespace, inside] = name.split('/');
  if (inside === undefined) return;
  throw new UsageError(`${JSON.stringify(name)} is no name here: say ${inside} -n ${namespace}`);
}
