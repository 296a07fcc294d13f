import { describe, expect, it } from 'vitest';
import { referencesIn, substitute } from './substitution.ts';

const PARAMS = [
  { name: 'app', value: 'shop' },
  { name: 'dotted.name', value: 'dotted' },
  { name: 'list', value: ['a', 'b'] },
  { name: 'object', value: { key: 'value' } },
  { name: 'number', value: 3 },
  { name: 'empty', value: '' },
];

describe('a template of params', () => {
  it.each<[template: string, text: string]>([
    ['plain', 'plain'],
    ['$(params.app)-deploy', 'shop-deploy'],
    ['$(params["app"])/$(params[\'app\'])', 'shop/shop'],
    ['$(params["dotted.name"])', 'dotted'],
    ['$(params.list[1])', 'b'],
    ['$(params.list[*])', 'a b'],
    ['$(params.object.key)', 'value'],
    ['$(params.number)', '3'],
    ['[$(params.empty)]', '[]'],
    ['$(context.pipelineRun.name)', '$(context.pipelineRun.name)'],
  ])('%s is %s', (template, text) => {
    expect(substitute(template, PARAMS)).toEqual({ text });
  });

  it.each(['$(params.ap)', '$(params.list[2])', '$(params.object.other)', '$(params.app[0])'])(
    '%s names nothing',
    (template) => {
      expect(substitute(`x-${template}`, PARAMS)).toEqual({ missing: template });
    },
  );

  it('is not filled in twice: a value is no template', () => {
    expect(substitute('$(params.a)', [{ name: 'a', value: '$(params.b)' }])).toEqual({ text: '$(params.b)' });
  });

  it('says which params it uses', () => {
    expect(referencesIn('$(params.a)-$(params["b"])-$(context.x)')).toEqual(['a', 'b']);
  });
});
