import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../src/api/metadata.ts';
import { isFinished, stateOfAll, type Workload, workloadOwners } from './workloads.ts';

describe('what is known of workloads', () => {
  const workload = (apiVersion: string, kind: string, status: Workload['status']) =>
    ({ apiVersion, kind, metadata: { name: 'w' }, status }) as unknown as Workload;
  const condition = (type: string, status: string) => ({ conditions: [{ type, status }] });

  it.each<[apiVersion: string, kind: string, status: Workload['status'], finished: boolean]>([
    ['v1', 'Pod', { phase: 'Running' }, false],
    ['v1', 'Pod', { phase: 'Unknown' }, false],
    ['v1', 'Pod', { phase: 'Succeeded' }, true],
    ['batch/v1', 'Job', condition('Suspended', 'True'), false],
    ['batch/v1', 'Job', condition('Complete', 'False'), false],
    ['batch/v1', 'Job', condition('Failed', 'True'), true],
    ['argoproj.io/v1alpha1', 'Workflow', { phase: 'Running' }, false],
    ['argoproj.io/v1alpha1', 'Workflow', { phase: 'Error' }, true],
    ['tekton.dev/v1', 'PipelineRun', condition('Succeeded', 'Unknown'), false],
    ['tekton.dev/v1', 'PipelineRun', condition('Succeeded', 'False'), true],
    ['tekton.dev/v1beta1', 'CustomRun', condition('Succeeded', 'False'), true],
    ['tekton.dev/v1beta1', 'CustomRun', condition('Succeeded', 'True'), false],
    ['apps/v1', 'Deployment', condition('Complete', 'True'), false],
  ])('%s %s with %j has finished: %s', (apiVersion, kind, status, finished) => {
    expect(isFinished(workload(apiVersion, kind, status))).toBe(finished);
  });

  it('an owner of the same name in another group does no work', () => {
    const reference = { apiVersion: 'evil.io/v1', kind: 'Pod', name: 'p', uid: 'u' };
    const claim = { metadata: { ownerReferences: [reference] } } as unknown as KubeObject;
    expect(workloadOwners(claim)).toEqual([]);
  });

  it('what several own goes with the last of them', () => {
    expect(stateOfAll([])).toBe('none');
    expect(stateOfAll(['finished', 'alive'])).toBe('alive');
    expect(stateOfAll(['finished', 'unseen'])).toBe('unseen');
    expect(stateOfAll(['finished', 'finished'])).toBe('finished');
  });
});
