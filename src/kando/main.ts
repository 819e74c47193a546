import { enableCompileCache } from 'node:module';
import { readSettings } from './settings.ts';

enableCompileCache();
// Imported after that, so that it is compiled once per machine and not once per run.
const { runKando } = await import('./run-kando.ts');
// Not process.exit(): what was written to stdout must arrive.
process.exitCode = await runKando(process.argv.slice(2), readSettings(process.env), process);
