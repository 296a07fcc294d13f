export const GROUP = 'sync.konductor.io';
export const VERSION = 'v1';
export const API_VERSION = `${GROUP}/${VERSION}`;

/** Every kind is in this category, so `kubectl get konductor` lists all of them. */
export const CATEGORY = 'konductor';
