/** Writes golden.json: certificates that Go makes for the cases. `node test/oracle/templates/certificates/record.ts` */
import { writeFile } from 'node:fs/promises';
import { startOracle } from '../oracle.ts';
import { certificateCases } from './certificate-cases.ts';

const oracle = await startOracle();
try {
  const answers = await oracle.ask(certificateCases);
  const golden = certificateCases.map(({ template }, i) => ({ template, ...answers[i] }));
  await writeFile(new URL('golden.json', import.meta.url), `${JSON.stringify(golden, undefined, 1)}\n`);
} finally {
  await oracle.close();
}
