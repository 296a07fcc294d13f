import { type CelInput, CelScalar, celEnv, celFunc, isCelError, isCelList, isCelMap, parse, plan } from '@bufbuild/cel';
import { strings } from '@bufbuild/cel/ext';

/** What an expression says about an object. */
export type Verdict =
  | { readonly is: 'met' }
  /** It is false, or something it speaks of is not there yet. */
  | { readonly is: 'not met'; readonly message: string }
  /** It can never be met as it is written. */
  | { readonly is: 'invalid'; readonly message: string };

/** The schema of a gate says the same. */
const LONGEST_EXPRESSION = 1_024;

/** Larger objects are not looked into: converting one for CEL takes the operator's only thread. */
const LARGEST_OBJECT = 512 * 1_024;

/** What one evaluation may cost: loop steps, and what its functions read. Some ten thousand list items; 0.1 s. */
const BUDGET = 100_000;

/** Evaluates `when` over an object. Never throws, whatever people write and whatever the object is. */
export function judge(when: string, object: unknown): Verdict {
  if (when.length > LONGEST_EXPRESSION) return invalid(`it is longer than ${LONGEST_EXPRESSION} characters`);
  const program = programFor(when);
  if (typeof program === 'string') return invalid(program);
  try {
    if (JSON.stringify(object).length > LARGEST_OBJECT) return notMet('the object is too large to look into');
    const { result, isSpent } = withBudget(() => program({ object: celValue(object) }));
    if (isSpent) return notMet('`when` costs too much to evaluate on this object');
    if (isCelError(result)) return notMet(`\`when\` has no answer yet: ${result.message}`);
    if (typeof result !== 'boolean') return invalid('it is neither true nor false');
    return result ? { is: 'met' } : notMet('`when` is false');
  } catch (error) {
    return notMet(`\`when\` has no answer: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const invalid = (why: string): Verdict => ({ is: 'invalid', message: `\`when\` cannot be evaluated: ${why}` });
const notMet = (message: string): Verdict => ({ is: 'not met', message });

/** JSON has no integers, CEL has: whole numbers are int. Null counts as absent for `has`, as on an API server. */
function celValue(value: unknown): CelInput {
  if (Array.isArray(value)) return value.map(celValue);
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value !== 'object' || value === null) return value as CelInput;
  const present = Object.entries(value).filter(([, child]) => child !== undefined && child !== null);
  return new Map(present.map(([key, child]) => [key, celValue(child)]));
}

/**
 * The evaluator has no budget of its own: three nested `all` over a long list would stop the operator for ever. So
 * every loop and every call is made to pay. Who has spent all sees false and errors, and ends soon; the answer is void.
 */
let left = 0;

function pay(price: number): boolean {
  left -= price;
  return left > 0;
}

function withBudget<T>(evaluate: () => T): { readonly result: T; readonly isSpent: boolean } {
  left = BUDGET;
  const result = evaluate();
  return { result, isSpent: left <= 0 };
}

// names that no expression can say
const STEP = '@step';
const READ = '@read';
const MATCHED = '@matched';

/** Functions read strings much faster than the evaluator takes steps; regular expressions are slower by as much. */
const READ_PER_STEP = 32;
const STEPS_PER_MATCHED = 4;

const sizeOf = (value: unknown): number => {
  if (typeof value === 'string') return value.length / READ_PER_STEP;
  return isCelList(value) || isCelMap(value) ? value.size : 1;
};

const environment = celEnv({
  funcs: [
    // the extensions that make long texts out of short ones are left out: no budget sees what they allocate
    ...strings.filter(({ name }) => !['replace', 'join', 'format', 'split', 'strings.quote'].includes(name)),
    celFunc(STEP, [], CelScalar.BOOL, () => pay(1)),
    celFunc(READ, [CelScalar.DYN], CelScalar.DYN, (value) => paid(value, sizeOf(value))),
    celFunc(MATCHED, [CelScalar.DYN], CelScalar.DYN, (value) =>
      paid(value, sizeOf(value) * READ_PER_STEP * STEPS_PER_MATCHED),
    ),
  ],
});

function paid<T>(value: T, price: number): T {
  if (!pay(price)) throw new Error('costs too much');
  return value;
}

type Program = (bindings: { readonly object: CelInput }) => unknown;

/** Parsed once: gates are looked at far more often than they are written. */
const programs = new Map<string, Program | string>();
const MOST_PROGRAMS = 1_000;

/** The program, or why it is none. */
function programFor(when: string): Program | string {
  const known = programs.get(when);
  if (known !== undefined) return known;
  if (programs.size >= MOST_PROGRAMS) programs.clear();
  const program = compile(when);
  programs.set(when, program);
  return program;
}

function compile(when: string): Program | string {
  try {
    const parsed = parse(when);
    charge(parsed.expr);
    return plan(environment, parsed);
  } catch (error) {
    return error instanceof Error ? error.message.slice(0, 200) : String(error);
  }
}

/** The parts of CEL's syntax tree that cost something. */
interface Node {
  exprKind?: { case?: string; value?: { function?: string; target?: Node; args?: Node[]; loopCondition?: Node } };
}

/** Operators that read nothing, and the one that appends to the result of a macro. */
const FREE = new Set(['_&&_', '_||_', '!_', '_?_:_', '_[_]', '@not_strictly_false', '@in_bounds']);

function charge(node: unknown): void {
  if (typeof node !== 'object' || node === null) return;
  for (const child of Object.values(node)) charge(child);
  const { exprKind } = node as Node;
  const value = exprKind?.value;
  if (!value) return;
  if (value.loopCondition) value.loopCondition = call('_&&_', call(STEP), value.loopCondition);
  if (exprKind.case !== 'callExpr' || FREE.has(value.function ?? '')) return;
  const price = value.function === 'matches' ? MATCHED : READ;
  if (value.target) value.target = charged(value.target, price);
  if (value.args) value.args = value.args.map((arg) => charged(arg, price));
}

const charged = (node: Node, price: string): Node =>
  // what a macro gathers is appended to without being read
  node.exprKind?.case === 'constExpr' || isGathered(node) ? node : call(price, node);

const isGathered = ({ exprKind }: Node): boolean =>
  exprKind?.case === 'identExpr' && (exprKind.value as { name?: string } | undefined)?.name === '@result';

const call = (name: string, ...args: Node[]): Node =>
  ({
    $typeName: 'cel.expr.Expr',
    id: 0n,
    exprKind: { case: 'callExpr', value: { $typeName: 'cel.expr.Expr.Call', function: name, args } },
  }) as Node;
