/** Short words for the objects that tests make. */
export const semaphore = (name: string, permits = 1, spec: object = {}) => ({
  ...{ apiVersion: 'sync.konductor.io/v1', kind: 'Semaphore', metadata: { name } },
  spec: { permits, ...spec },
});

export const gate = (name: string, spec: object = {}) => ({
  ...{ apiVersion: 'sync.konductor.io/v1', kind: 'Gate', metadata: { name } },
  spec,
});

export const barrier = (name: string, expected: number, spec: object = {}) => ({
  ...{ apiVersion: 'sync.konductor.io/v1', kind: 'Barrier', metadata: { name } },
  spec: { expected, ...spec },
});

export const lease = (name: string, spec: object = {}) => ({
  ...{ apiVersion: 'sync.konductor.io/v1', kind: 'Lease', metadata: { name } },
  spec,
});

type Params = Readonly<Record<string, string | readonly string[]>>;

/** A task of a pipeline that one of our kinds does. */
export const task = (name: string, kind: string, resource: string, params: Params = {}, more: object = {}) => ({
  name,
  taskRef: { apiVersion: 'sync.konductor.io/v1', kind, name: resource },
  ...(Object.keys(params).length > 0 && { params: paramsOf(params) }),
  ...more,
});

export const paramsOf = (params: Params) => Object.entries(params).map(([name, value]) => ({ name, value }));

export const pipelineRun = (name: string, tasks: readonly object[], spec: object = {}, more: object = {}) => ({
  ...{ apiVersion: 'tekton.dev/v1', kind: 'PipelineRun' },
  metadata: { name, ...('metadata' in more && (more.metadata as object)) },
  spec: { pipelineSpec: { tasks, ...('finally' in more && { finally: more.finally }) }, ...spec },
});

export const customRun = (name: string, kind: string, resource: string, params: Params = {}, spec: object = {}) => ({
  ...{ apiVersion: 'tekton.dev/v1beta1', kind: 'CustomRun', metadata: { name } },
  spec: { customRef: { apiVersion: 'sync.konductor.io/v1', kind, name: resource }, params: paramsOf(params), ...spec },
});
