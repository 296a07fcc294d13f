import { inFile, type Mutant, testsIn } from './mutant.ts';

const ofGate = testsIn('src/core/gate.test.ts');
const ofCel = testsIn('src/core/gate-cel.test.ts');

export const GATE_MUTANTS: readonly Mutant[] = [
  ...inFile('src/core/gate.ts', [
    {
      name: 'opens when one of its conditions is met',
      find: "if (unmet.length === 0) return 'Open';",
      replace: "if (unmet.length < checked.length) return 'Open';",
      killedBy: ofGate('wants all of it'),
    },
    {
      name: 'counts what is not known as met',
      find: "check.is !== 'met')",
      replace: "check.is !== 'met' && check.is !== 'unknown')",
      killedBy: ofGate('does not open on what is not known'),
    },
    {
      name: 'closes because the operator is new',
      find: "if (status?.phase === 'Open' && unmet.every(({ check }) => check.is === 'unknown')) return 'Open';",
      replace: '',
      killedBy: ofGate('does not close because the operator is new'),
    },
    {
      name: 'fails on what is not known',
      find: "isLate && isKnown ? 'Failed' : 'Waiting'",
      replace: "isLate ? 'Failed' : isKnown ? 'Waiting' : 'Waiting'",
      killedBy: ofGate('does not fail on what is not known'),
    },
    {
      name: 'fails in the look that finds all of it',
      find: "if (unmet.length === 0) return 'Open';",
      replace: "if (unmet.length === 0 && !isLate) return 'Open';",
      killedBy: ofGate('opens when it is met in the same look'),
    },
    {
      name: 'closes in spite of its latch',
      find: "status?.phase === 'Open' && spec.conditions.length > 0 && spec.latch",
      replace: "status?.phase === 'Failed' && spec.latch",
      killedBy: ofGate('stays open'),
    },
    {
      name: 'latches without a latch',
      find: "status?.phase === 'Open' && spec.conditions.length > 0 && spec.latch",
      replace: "status?.phase === 'Open' && spec.conditions.length > 0",
      killedBy: ofGate('closes again without a latch'),
    },
    {
      name: 'opens a gate that has failed',
      find: "if (status?.phase === 'Failed') return true;",
      replace: '',
      killedBy: ofGate('stays failed'),
    },
    {
      name: 'fails a gate that has been open',
      find: 'if (status?.openedAt !== undefined) return undefined;',
      replace: '',
      killedBy: ofGate('does not fail once it has been open'),
    },
    {
      name: 'looks into namespaces that do not let it',
      find: 'object.apiVersion === API_VERSION && isAllowed({ spec: {}, ...object } as Lender, namespace)',
      replace: 'true',
      killedBy: ofGate('may be an object that lets others in'),
    },
    {
      name: "reads a permission out of somebody else's kind",
      find: 'object.apiVersion === API_VERSION && isAllowed',
      replace: 'isAllowed',
      killedBy: ofGate('may be an object of somebody else, whatever its fields mean'),
    },
  ]),
  ...inFile('src/core/gate-subjects.ts', [
    {
      name: 'takes one success for a job that is Complete',
      find: "if (condition(job, 'Complete') === 'True') return ['Complete'];",
      replace: "if (Number(at(job, 'status', 'succeeded')) > 0) return ['Complete'];",
      killedBy: ofGate('a job by its condition, not by its counts'),
    },
    {
      name: 'says that something is there which it may not see',
      find: "    case 'missing':\n    case 'forbidden':",
      replace: "    case 'forbidden':\n      return { is: 'unmet', message: 'is forbidden' };\n    case 'missing':",
      killedBy: ofGate('a job it may not see, in the same words'),
    },
    {
      name: 'takes permits of a semaphore that is being deleted',
      find: "if (phase === 'Terminating') return { is: 'unmet', message: 'is being deleted' };",
      replace: '',
      killedBy: ofGate('no permits of one that goes'),
    },
  ]),
  ...inFile('src/core/gate-cel.ts', [
    {
      name: 'counts an error of CEL as met',
      find: 'if (isCelError(result)) return',
      replace: "if (isCelError(result)) return { is: 'met' }; else if (isCelError(result)) return",
      killedBy: ofCel('is not met where a field is missing'),
    },
    {
      name: 'lets CEL have what is neither true nor false',
      find: "if (typeof result !== 'boolean') return invalid('it is neither true nor false');",
      replace: '',
      killedBy: ofCel('must be true or false'),
    },
  ]),
];
