import pino, { type Logger } from 'pino';
import { Masks } from '../engine/masks.ts';
import type { OperatorSettings } from './settings.ts';

export interface OperatorLog {
  log: Logger;
  /** Secrets of the runs in progress: whatever is written passes all of them. */
  masks: Masks;
}

/**
 * JSON lines with the original's keys. Lines are written at once, and not through a worker, so that none is lost when the process
 * is killed.
 */
export function createLog(settings: OperatorSettings, write: (line: string) => void): OperatorLog {
  const masks = new Masks();
  const { level, hostname, serviceName } = settings.log;
  const log = pino(
    {
      level: knownLevel(level),
      base: {
        ...(hostname === undefined ? {} : { hostname }),
        ...(serviceName === undefined ? {} : { service_name: serviceName, cluster_name: serviceName }),
        version: settings.version,
      },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label === 'warn' ? 'warning' : label }) },
    },
    {
      write(line: string) {
        write(masks.apply(line));
      },
    },
  );
  return { log, masks };
}

/** The original takes an unknown level for info. */
function knownLevel(level: string): string {
  const name = level.toLowerCase();
  if (name === 'warning') return 'warn';
  if (name === 'panic') return 'fatal';
  return name in pino.levels.values ? name : 'info';
}
