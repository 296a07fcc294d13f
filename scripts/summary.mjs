// Adds up test reports: `N passed, N failed`. A report that is missing or empty is a failure, never silence.
import { readFileSync } from 'node:fs';

let passed = 0;
let failed = 0;
const skipped = [];

for (const file of process.argv.slice(2)) {
  const report = JSON.parse(readFileSync(file, 'utf8'));
  passed += report.numPassedTests;
  // a file that could not even be loaded has no failed test of its own
  failed += Math.max(report.numFailedTests, report.success ? 0 : 1);
  for (const { assertionResults } of report.testResults) {
    for (const { status, fullName } of assertionResults)
      if (status === 'pending' || status === 'skipped') skipped.push(fullName);
  }
}

if (process.argv.length < 4) {
  console.error('a test report is missing');
  failed += 1;
}
for (const name of skipped) console.error(`skipped: ${name}`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
