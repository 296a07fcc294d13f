import type { Suites } from '../../ground.ts';
import { access } from './access.ts';
import { apply } from './apply.ts';
import { builtIns } from './built-ins.ts';
import { definitions } from './definitions.ts';
import { deletion } from './deletion.ts';
import { discovery } from './discovery.ts';
import { garbage } from './garbage.ts';
import { layer } from './layer.ts';
import { lists } from './lists.ts';
import { microtime } from './microtime.ts';
import { namespaces } from './namespaces.ts';
import { nonsense } from './nonsense.ts';
import { objects } from './objects.ts';
import { patches } from './patches.ts';
import { representations } from './representations.ts';
import { schema } from './schema.ts';
import { selectors } from './selectors.ts';
import { verdicts } from './verdicts.ts';
import { versions } from './versions.ts';
import { watchBounds } from './watch-bounds.ts';
import { watches } from './watches.ts';

/** What is promised to our client, by topic. */
export const CLIENT_SUITES: Suites = {
  objects,
  versions,
  schema,
  verdicts,
  deletion,
  garbage,
  namespaces,
  selectors,
  lists,
  watches,
  'the bounds of a watch': watchBounds,
  patches,
  apply,
  microtime,
  representations,
  access,
  nonsense,
  discovery,
  definitions,
  'built-in kinds': builtIns,
  'the kube layer': layer,
};
