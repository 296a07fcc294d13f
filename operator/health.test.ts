import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { serveHealth } from './health.ts';
import { operatorMetrics } from './metrics.ts';

describe('the health server', () => {
  it('answers who asks how it is', async () => {
    let isSynced = false;
    const { registry, grants } = operatorMetrics(new Registry());
    grants.inc({ kind: 'Semaphore' });
    const server = await serveHealth({ isSynced: () => isSynced, registry }, { host: '127.0.0.1', port: 0 });
    const get = async (path: string, method = 'GET') => {
      const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method });
      return { status: response.status, text: await response.text() };
    };
    try {
      expect(await get('/healthz')).toEqual({ status: 200, text: 'ok\n' });
      expect((await get('/readyz')).status).toBe(503);
      isSynced = true;
      expect((await get('/readyz?verbose')).status).toBe(200);
      expect((await get('/metrics')).text).toContain('konductor_grants_total{kind="Semaphore"} 1');
      expect((await get('/__proto__')).status).toBe(404);
      expect((await get('/healthz', 'POST')).status).toBe(404);
    } finally {
      await server.close();
    }
  });
});
