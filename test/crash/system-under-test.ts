/** What the crash suite runs. One module, so that a copy with a defect in it can be put in its place as a whole. */
export { functions } from '../../src/functions/index.ts';
export { runOperator } from '../../src/operator/operator.ts';
export { readSettings } from '../../src/operator/settings.ts';
export { createClient } from '../../src/kubernetes/create-client.ts';
export { ConnectionFailed } from '../../src/kubernetes/transport.ts';
export { followServerTime } from '../../src/kubernetes/server-time.ts';
