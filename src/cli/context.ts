import type { Clock } from '../api/clock.ts';
import type { KubeClient } from '../kube/client.ts';
import type { ConnectOptions, Environment } from '../kube/connection.ts';
import type { EndingSignal } from './exit.ts';

/** Everything a command has of the world around it: passed in, so that a test of a command is a function call. */
export interface CliContext {
  /** What it was called as: `koncli`, `kondctl` or `kubectl konductor`. */
  readonly name: string;
  /** Data. */
  readonly stdout: Output;
  /** Words: progress, hints and errors. */
  readonly stderr: Output;
  readonly environment: Environment;
  readonly clock: Clock;
  readonly random: () => number;
  /** Aborts when we are asked to end; its reason is an `Interrupted`. */
  readonly signal: AbortSignal;
  /** Tells every ending signal, also those after the first; gives what ends the telling. While somebody is told, a second signal does not end us. */
  onSignal(listener: (signal: EndingSignal) => void): () => void;
  connect(options: ConnectionFlags): Promise<Api>;
}

/** What the command line says about where to go and as whom. */
export interface ConnectionFlags
  extends Pick<ConnectOptions, 'namespace' | 'kubeconfig' | 'context' | 'server' | 'token' | 'as'> {
  /** Every call is told on stderr. */
  readonly onCall?: ((line: string) => void) | undefined;
}

/** An API server that answers. */
export interface Api {
  readonly kube: KubeClient;
  /** The namespace that is meant when nobody says which. */
  readonly namespace: string;
  /** Its URL, for people. */
  readonly server: string;
  close(): Promise<void>;
}

export interface Output {
  write(text: string): void;
  /** Somebody looks at it. */
  readonly isTerminal: boolean;
  /** It is a terminal, and NO_COLOR does not say otherwise. */
  readonly colours: boolean;
  /** Width of the terminal. */
  readonly columns: number | undefined;
}
