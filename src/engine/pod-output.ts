import type { Logger } from 'pino';
import type { FunctionContext } from './function.ts';
import type { Mask } from './mask.ts';
import type { LineMask } from './mask/line-mask.ts';

/**
 * Logs the lines that containers print, with the original's keys. The original logs them in clear; here a secret is hidden also where
 * a container has broken it over lines.
 */
export function podOutputLog(log: Logger, mask: Mask): FunctionContext['podOutput'] {
  const containers = new Map<string, LineMask>();
  return (pod, container, line) => {
    const key = `${pod}/${container}`;
    const hidden = containers.get(key) ?? mask.lines();
    containers.set(key, hidden);
    log.info({ Pod: pod, Container: container, LogKind: 'datapath', Pod_Out: hidden(line) }, 'action update');
  };
}
