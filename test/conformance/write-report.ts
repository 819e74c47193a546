import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadCases } from './load-cases.ts';
import { conformancePage } from './report-page.ts';

writeFileSync(join(import.meta.dirname, '../../docs/conformance.md'), conformancePage(await loadCases()));
