import { compileGoTemplatePrinter } from '../go-template-print.ts';
import { objectCondition, type ObjectCondition } from './object-condition.ts';

/**
 * A condition of Kanister's WaitV2: a template of `kubectl get -o go-template` that prints `true`.
 *
 * To Kanister all numbers are floating point, to kubectl whole ones are integers, and Go compares the one with the other never: a condition
 * may be written for either, with `3.0` or with `3`.
 */
export function compileGoTemplateCondition(condition: string): ObjectCondition {
  return objectCondition(() => ({
    readings: (['float64', 'int64'] as const).map((integers) => {
      const printer = compileGoTemplatePrinter(condition, { integers });
      return (object: unknown) => printer.print(object);
    }),
  }));
}
