import type { JsonObject } from '../kubernetes/objects.ts';
import { planConditions, refuseHopeless, type CompileCondition } from './planned-conditions.ts';
import { waitConditions } from './wait-conditions.ts';
import { waitTimeout } from './wait-timeout.ts';

/**
 * Checks the arguments of a wait as a Blueprint has them: what could only ever fail is refused, nothing else. Templates are not rendered.
 * @throws {Failure} `InvalidArgument`
 */
export function checkWait({ timeout, conditions }: JsonObject, compile: CompileCondition): void {
  if (typeof timeout === 'string' && !timeout.includes('{{')) waitTimeout(timeout);
  if (conditions === undefined) return;
  // A text that stands for what it will be rendered to: only an empty one is nothing for sure.
  const unrendered = (template: string) => template;
  const decoded = waitConditions({ doc: '' }).decode('conditions', conditions);
  refuseHopeless(planConditions(decoded, compile, unrendered));
}
