/** What the project's founding documents say one can type, and what the older client's scripts do type. */
export interface PromisedLine {
  readonly line: string;
  /** 0 unless said otherwise. */
  readonly code?: number;
}

export const MADE_BEFORE: readonly string[] = [
  'semaphore create api-quota --permits 5 --ttl 10m',
  'semaphore create batch-limit --permits 1',
  'barrier create extract-complete --expected 1 --timeout 1h',
  'barrier create transform-complete --expected 1 --quorum 1',
  'lease create db-migration --ttl 5m --priority 1',
  'gate create processing-gate',
];

/** In this order they all work. */
export const PROMISED: readonly PromisedLine[] = [
  // core concepts
  { line: 'semaphore acquire api-quota --wait --ttl=10m' },
  { line: 'semaphore acquire batch-limit --ttl=5m' },
  { line: 'semaphore acquire batch-limit --ttl=5m --holder other', code: 4 },
  { line: 'semaphore release batch-limit' },
  // product specification
  { line: 'semaphore acquire api-quota --wait --ttl=5m --timeout=30m' },
  { line: 'status semaphore api-quota' },
  { line: 'semaphore release api-quota' },
  { line: 'barrier arrive extract-complete' },
  { line: 'barrier wait extract-complete --timeout=1h' },
  { line: 'status barrier extract-complete' },
  { line: 'lease acquire db-migration --ttl=5m --priority=1' },
  { line: 'lease renew db-migration' },
  { line: 'lease release db-migration' },
  // the Barrier document
  { line: 'barrier wait extract-complete --timeout=30m' },
  { line: 'barrier arrive transform-complete' },
  { line: 'barrier status extract-complete' },
  // scripts of the older client
  { line: '--log-level debug -n NAMESPACE -o json semaphore create old --permits 2 --ttl 10m' },
  { line: 'semaphore acquire old --holder a --ttl 10m --timeout 5s --wait' },
  { line: 'semaphore acquire old --holder b --wait-for-update --wait-duration 5s' },
  { line: 'semaphore release old --holder a' },
  { line: 'semaphore list -o json' },
  { line: 'semaphore delete old' },
  { line: 'semaphore create one' },
  { line: 'semaphore delete one' },
  { line: 'barrier create old --expected 2 --timeout 1h0m0s --quorum 1' },
  { line: 'barrier arrive old worker-1 --wait-for-update --update-timeout 10s' },
  { line: 'barrier arrive old --holder worker-2' },
  { line: 'barrier list' },
  { line: 'barrier delete old' },
  { line: 'barrier create one' },
  { line: 'barrier delete one' },
  { line: 'lease create old --ttl 10m --priority 2' },
  { line: 'lease acquire old --holder a --priority 3 --timeout 5s --wait-for-update' },
  { line: 'lease release old --holder a' },
  { line: 'lease list -o text' },
  { line: 'lease delete old' },
  { line: 'gate open processing-gate' },
  { line: 'gate wait processing-gate --timeout 10s' },
  { line: 'gate close processing-gate' },
  { line: 'gate wait processing-gate --timeout 1s', code: 124 },
  { line: 'gate list' },
  { line: 'status lease db-migration' },
  { line: 'status gate processing-gate' },
  { line: 'status all' },
  { line: 'gate delete processing-gate' },
  { line: 'operator --service konductor-controller-manager --operator-namespace konductor-system', code: 3 },
  { line: 'version' },
];
