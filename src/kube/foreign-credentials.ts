import type { Clock } from '../api/clock.ts';
import { ConfigError, reasonOf } from './config-error.ts';
import { type CredentialSource, type Fresh, renewable } from './credentials.ts';

export interface AuthProvider {
  readonly name: string;
  readonly config?: Readonly<Record<string, string>>;
}

/** The library looks at the token's own end each time: asking it often costs nothing. */
const ASK_AGAIN = 10_000;

/**
 * Users with an `auth-provider` (OIDC, and the old ones of clouds): left to @kubernetes/client-node, which knows how to
 * refresh them. It takes longer to load than everything else here together, so nobody else has it loaded.
 */
export function foreignCredentials(
  user: { readonly name: string; readonly where: string; readonly provider: AuthProvider },
  clock: Clock,
): CredentialSource {
  let config: Promise<Applies> | undefined;

  const load = async (): Promise<Fresh> => {
    try {
      config ??= configFor(user.name, user.provider);
      const options: Applied = { headers: {} };
      await (await config).applyToHTTPSOptions(options);
      const authorization = options.headers.Authorization;
      const { cert, key } = options;
      return {
        credentials: {
          ...(authorization && { authorization }),
          ...(cert && key && { cert: cert.toString(), key: key.toString() }),
        },
        milliseconds: ASK_AGAIN,
      };
    } catch (cause) {
      throw new ConfigError(
        `${user.where}: auth-provider "${user.provider.name}" gave no credentials: ${reasonOf(cause)}`,
        { cause },
      );
    }
  };
  return renewable(load, clock);
}

/** What is used of client-node's KubeConfig. */
interface Applies {
  applyToHTTPSOptions(options: Applied): Promise<void>;
}

interface Applied {
  readonly headers: Record<string, string>;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
}

async function configFor(name: string, provider: AuthProvider): Promise<Applies> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  // the server is never called through it, so any name will do
  const cluster = { name: 'cluster', server: 'https://cluster.invalid', skipTLSVerify: false };
  config.loadFromClusterAndUser(cluster, { name, authProvider: { ...provider, config: { ...provider.config } } });
  return {
    applyToHTTPSOptions: (options) =>
      config.applyToHTTPSOptions(options as Parameters<typeof config.applyToHTTPSOptions>[0]),
  };
}
