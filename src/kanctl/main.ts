import { enableCompileCache } from 'node:module';

// Before anything else is loaded: only what comes after is cached.
enableCompileCache();
const { runProcess } = await import('./run-process.ts');
await runProcess(process);
