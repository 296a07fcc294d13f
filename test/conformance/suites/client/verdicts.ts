import { expect } from 'vitest';
import type { Suite } from '../../ground.ts';
import { judge } from '../../judge.ts';
import { VERDICTS } from '../../verdicts/all.ts';

/** The same table as the client's, in verdicts.test.ts: both servers must agree with it on every row. */
export const verdicts: Suite = ({ promise }) => {
  for (const verdict of VERDICTS) {
    promise(verdict.name, async ({ ask, ns }) => {
      const refused = await judge(ask, ns, verdict);
      if (verdict.refused === undefined) expect(refused).toBeUndefined();
      else expect(refused).toContain(verdict.refused);
    });
  }
};
