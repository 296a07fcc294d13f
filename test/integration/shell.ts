import type { ClusterAccess } from '../cluster/access.ts';

/** A person with kubectl in one namespace, and nothing else. */
export interface Shell {
  /** Runs kubectl and gives what it printed; a failure is an error with its words. */
  run(...args: readonly string[]): Promise<string>;
  /** Applies a manifest. */
  apply(manifest: string): Promise<void>;
  /** Kept once the condition is so: kubectl waits. */
  wait(object: string, forWhat: string): Promise<void>;
  /** One field, by JSONPath. */
  read(object: string, field: string): Promise<string>;
  /** A row of the table that people see, without its age. */
  row(object: string, ...flags: readonly string[]): Promise<readonly string[]>;
}

export function shellIn(cluster: ClusterAccess, namespace: string): Shell {
  const kubectl = async (args: readonly string[], stdin?: string): Promise<string> => {
    const options = stdin === undefined ? {} : { stdin };
    const { code, stdout, stderr } = await cluster.kubectl(['-n', namespace, ...args], options);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  };
  return {
    run: (...args) => kubectl(args),
    async apply(manifest) {
      await kubectl(['apply', '-f', '-'], manifest);
    },
    async wait(object, forWhat) {
      await kubectl(['wait', object, `--for=${forWhat}`, '--timeout=20s']);
    },
    read: (object, field) => kubectl(['get', object, '-o', `jsonpath={${field}}`]),
    async row(object, ...flags) {
      const line = await kubectl(['get', object, '--no-headers', ...flags]);
      return line.split(/\s+/).slice(1, -1);
    },
  };
}

const API = 'apiVersion: sync.konductor.io/v1';

/** A manifest in one line of each. */
export const manifest = (kind: string, name: string, spec: string): string =>
  `${API}\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: ${spec}\n---\n`;
