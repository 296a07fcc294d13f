import { describe, expect, it } from 'vitest';
import type { Begun } from './asked.ts';
import type { CustomRun } from './kinds.ts';
import { retryStatus } from './status.ts';

describe('the attempts that failed', () => {
  const metadata = { name: 'run', namespace: 'default', uid: 'u', resourceVersion: '1', creationTimestamp: '' };
  const next = (attempt: number): Begun => ({
    ...{ kind: 'Semaphore', written: { name: 'db' }, timeout: undefined, retries: 9_999, since: 0, attempt },
    request: { kind: 'Semaphore', name: 'db', namespace: undefined, action: 'acquire', options: {} },
  });
  const afterFailing = (times: number) => {
    let run = { apiVersion: 'tekton.dev/v1beta1', kind: 'CustomRun', metadata, spec: {} } as CustomRun;
    for (let attempt = 1; attempt <= times; attempt++) {
      const status = retryStatus(run, next(attempt), { reason: 'Denied', message: `failure ${attempt}` }, 0);
      run = { ...run, status: { ...run.status, ...status } as NonNullable<CustomRun['status']> };
    }
    return (run.status?.retriesStatus ?? []) as { readonly conditions: readonly { readonly message: string }[] }[];
  };

  it.each<[times: number, kept: number]>([
    [1, 1],
    [100, 100],
    [250, 100],
  ])('%i times: the last %i are kept, so that there is always room for the next', (times, kept) => {
    const failures = afterFailing(times);
    expect(failures).toHaveLength(kept);
    expect(failures.at(-1)?.conditions[0]?.message).toBe(`failure ${times}`);
  });
});
