/** What is wrong with a label's key; undefined when nothing is. */
export function labelKeyProblem(key: string): string | undefined {
  const parts = key.split('/');
  if (parts.length > 2)
    return `a valid label key ${nameRule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`;
  const [name, prefix] = parts.reverse() as [string, string?];
  const problems = [
    ...(prefix === undefined ? [] : prefixProblems(prefix)),
    ...(name === '' ? ['name part must be non-empty'] : []),
    ...(name.length > MAX_NAME ? [`name part must be no more than ${MAX_NAME} bytes`] : []),
    ...(QUALIFIED_NAME.test(name) ? [] : [`name part ${nameRule}`]),
  ];
  return problems.length > 0 ? problems.join('; ') : undefined;
}

/** What is wrong with a label's value; undefined when nothing is. */
export function labelValueProblem(value: string): string | undefined {
  const problems = [
    ...(Buffer.byteLength(value) > MAX_NAME ? [`must be no more than ${MAX_NAME} bytes`] : []),
    ...(LABEL_VALUE.test(value) ? [] : [valueRule]),
  ];
  return problems.length > 0 ? problems.join('; ') : undefined;
}

function prefixProblems(prefix: string): readonly string[] {
  if (prefix === '') return ['prefix part must be non-empty'];
  return [
    ...(prefix.length > MAX_SUBDOMAIN ? [`prefix part must be no more than ${MAX_SUBDOMAIN} bytes`] : []),
    ...(SUBDOMAIN.test(prefix) ? [] : [`prefix part ${subdomainRule}`]),
  ];
}

const MAX_NAME = 63;
const MAX_SUBDOMAIN = 253;
const QUALIFIED_NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

const source = (regex: RegExp): string => regex.source.slice(1, -1);
const nameRule =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character " +
  `(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${source(QUALIFIED_NAME)}')`;
const valueRule =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', " +
  "and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', " +
  `regex used for validation is '${source(LABEL_VALUE)}')`;
const subdomainRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', " +
  "and must start and end with an alphanumeric character (e.g. 'example.com', " +
  `regex used for validation is '${source(SUBDOMAIN)}')`;
