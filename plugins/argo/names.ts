/** The one key of a `plugin:` body that is ours. Argo asks every plugin about every body. */
export const PLUGIN_KEY = 'konductor';

/** What makes a step itself, for bodies that do not say: an administrator sets it for a whole controller. */
export const NODE_ANNOTATION = 'sync.konductor.io/node';

/** Name of the ConfigMap, service account and secret that Argo looks for, with its own ending. */
export const PLUGIN_NAME = 'konductor';
export const EXECUTOR_PLUGIN = `${PLUGIN_NAME}-executor-plugin`;

/** Where the plugin listens in the agent's pod. */
export const PORT = 4355;

/** Where Argo's agent leaves the token that it calls with. */
export const TOKEN_FILE = '/var/run/argo/token';
