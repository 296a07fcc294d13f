/**
 * What the embedded server does otherwise, and why: `topic: promise` and the reason. A promise on this list must fail
 * there, so that nothing stays on it by mistake.
 */
export const KNOWN_DIFFERENCES: ReadonlyMap<string, string> = new Map([
  [
    'built-in kinds: a pod that runs somewhere is given time to go',
    'nothing runs pods there: nobody would ever let one go, so a deletion is at once',
  ],
  [
    'definitions: it is refused with a rule about a field that is not there',
    'its CEL knows no types: such a rule fails each write instead',
  ],
  [
    'kubectl explain and others: explain: what is built in, in the words of Kubernetes',
    'built-in kinds have schemas of what is used of them here; those of Kubernetes are megabytes',
  ],
]);
